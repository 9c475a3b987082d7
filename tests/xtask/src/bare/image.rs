//! An image as the linker left it: how much flash it takes, which functions are in it, and who refers to whom.

use std::{fs, path::Path};

use object::{
    Object as _, ObjectSection as _, ObjectSymbol as _, SectionKind, SymbolKind, read::elf::ElfFile32,
};

use crate::Failure;

/// A function: its name as a person writes it, where it begins, and how long it is.
pub(crate) struct Function {
    pub(crate) name: String,
    address: u64,
    size: u64,
}

pub(crate) struct Image {
    /// Bytes of code, constants and initial values: what is written to the device.
    pub(crate) flash: u64,
    /// Bytes of static variables.
    pub(crate) statics: u64,
    pub(crate) functions: Vec<Function>,
    /// Where something refers to, as pairs of addresses: from, to.
    references: Vec<(u64, u64)>,
}

impl Image {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file: ElfFile32 = ElfFile32::parse(&*bytes)?;
        let (mut flash, mut statics) = (0, 0);
        let mut references = Vec::new();
        for section in file.sections() {
            if matches!(section.kind(), SectionKind::Data | SectionKind::UninitializedData) {
                statics += section.size();
            }
            // What is loaded, of the device's memory; all else is for tools.
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
        let functions =
            file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && !symbol.is_undefined());
        let functions = functions
            .map(|symbol| {
                let mangled = symbol.name().unwrap_or_default();
                let name = format!("{:#}", rustc_demangle::demangle(mangled));
                Function { name, address: plain(symbol.address()), size: symbol.size() }
            })
            .collect();
        Ok(Self { flash, statics, functions, references })
    }

    /// The functions that refer to a function, in no order, each once for every time it does.
    pub(crate) fn callers(&self, callee: &Function) -> Vec<&Function> {
        let from = self.references.iter().filter(|(_, to)| *to == callee.address).map(|(from, _)| *from);
        from.filter_map(|from| {
            self.functions.iter().find(|it| (it.address..it.address + it.size).contains(&from))
        })
        .collect()
    }
}

/// Without the bit that says "Thumb instructions".
const fn plain(address: u64) -> u64 {
    address & !1
}
