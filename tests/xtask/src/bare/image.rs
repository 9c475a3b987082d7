//! A linked image: its flash, its functions, and the references between them.

use std::{fs, path::Path};

use object::{
    Object as _, ObjectSection as _, ObjectSymbol as _, SectionKind, SymbolKind, read::elf::ElfFile32,
};

use crate::failure::Failure;

/// A function: its demangled name, its address and its length.
pub(crate) struct Function {
    pub(crate) name: String,
    address: u64,
    size: u64,
}

pub(crate) struct Image {
    /// Flash in bytes: code, constants and initial values.
    pub(crate) flash: u64,
    /// Bytes of static variables.
    pub(crate) statics: u64,
    /// Those of them that are given to the allocator `esp-alloc`.
    pub(crate) heap: u64,
    pub(crate) functions: Vec<Function>,
    /// References as pairs of addresses: from, to.
    references: Vec<(u64, u64)>,
}

impl Image {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file: ElfFile32 = ElfFile32::parse(&*bytes)?;
        let (mut flash, mut statics) = (0, 0);
        let mut references = Vec::new();
        for section in file.sections() {
            // Start code for RISC-V has sections for the memory that is left, by which the linker reserves it; esp-hal's linker script one
            // for the gap between the pages of constants and of code, in the addresses of the flash.
            if matches!(section.name(), Ok(".heap" | ".stack" | ".text_gap")) {
                continue;
            }
            if matches!(section.kind(), SectionKind::Data | SectionKind::UninitializedData) {
                statics += section.size();
            }
            // Only loaded sections take the device's memory; the others are for tools.
            match section.kind() {
                SectionKind::Text
                | SectionKind::ReadOnlyData
                | SectionKind::ReadOnlyString
                | SectionKind::Data => {
                    flash += section.size();
                }
                _ => continue,
            }
            for (from, relocation) in section.relocations() {
                if let object::RelocationTarget::Symbol(to) = relocation.target() {
                    references.push((from, plain(file.symbol_by_index(to)?.address())));
                }
            }
        }
        let heap = file.symbols().filter(|symbol| is_heap(symbol.name().unwrap_or_default()));
        let heap = heap.map(|symbol| symbol.size()).sum();
        let functions =
            file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && !symbol.is_undefined());
        let functions = functions
            .map(|symbol| {
                let mangled = symbol.name().unwrap_or_default();
                let name = format!("{:#}", rustc_demangle::demangle(mangled));
                Function { name, address: plain(symbol.address()), size: symbol.size() }
            })
            .collect();
        Ok(Self { flash, statics, heap, functions, references })
    }

    /// Returns the functions that refer to a function, in no particular order, once for each reference.
    pub(crate) fn callers(&self, callee: &Function) -> Vec<&Function> {
        let from = self.references.iter().filter(|(_, to)| *to == callee.address).map(|(from, _)| *from);
        from.filter_map(|from| {
            self.functions.iter().find(|it| (it.address..it.address + it.size).contains(&from))
        })
        .collect()
    }
}

/// Returns whether a symbol is a `HEAP` of `esp_alloc::heap_allocator!`; the allocator's own state has this name too.
fn is_heap(mangled: &str) -> bool {
    let name = format!("{:#}", rustc_demangle::demangle(mangled));
    name.ends_with("::HEAP") && !name.starts_with("esp_alloc::")
}

/// Clears the bit of an address that marks Thumb code.
const fn plain(address: u64) -> u64 {
    address & !1
}

/// A position in a source file, as a panic's message would name it.
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Returns the values of `core::panic::Location` in an image: pointer to a path, its length, line and column, a word each.
///
/// They are recognized by the relocation of the pointer.
pub(crate) fn places(path: &Path) -> Result<Vec<Place>, Failure> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let file: ElfFile32 = ElfFile32::parse(&*bytes)?;
    let mut constants = Vec::new();
    for section in file.sections().filter(|section| is_constant(section.kind())) {
        constants.push((section.address(), section.data()?));
    }
    let read = |address: u64, length: u64| {
        constants.iter().find_map(|(start, data)| {
            let from = usize::try_from(address.checked_sub(*start)?).ok()?;
            data.get(from..from.checked_add(usize::try_from(length).ok()?)?)
        })
    };
    let word = |address| Some(u32::from_le_bytes(*read(address, 4)?.first_chunk()?));
    let mut places = Vec::new();
    for section in file.sections().filter(|section| is_constant(section.kind())) {
        for (at, _) in section.relocations() {
            let place = word(at).zip(word(at + 4)).and_then(|(pointer, length)| {
                let file = std::str::from_utf8(read(pointer.into(), length.into())?).ok()?;
                let (line, column) = (word(at + 8)?, word(at + 12)?);
                (Path::new(file).extension()? == "rs").then(|| Place { file: file.to_owned(), line, column })
            });
            places.extend(place);
        }
    }
    places.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    places.dedup_by(|a, b| (&a.file, a.line, a.column) == (&b.file, b.line, b.column));
    Ok(places)
}

/// Some linkers keep file names in a section for strings.
fn is_constant(kind: SectionKind) -> bool {
    matches!(kind, SectionKind::ReadOnlyData | SectionKind::ReadOnlyString)
}
