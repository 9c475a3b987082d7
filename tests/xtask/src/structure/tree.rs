//! The modules of one crate, by file, and which of them uses which.

use std::{
    collections::BTreeSet,
    path::{Path as File, PathBuf},
};

use super::source::{Path, Source};
use crate::failure::Failure;

/// The longest chain of imports that is followed, as in re-exports of re-exports; a longer one is a circle.
const LONGEST_CHAIN: usize = 16;

#[derive(Debug)]
pub(crate) struct Tree {
    /// The modules; the root is the first one.
    pub(crate) modules: Vec<Module>,
}

#[derive(Debug)]
pub(crate) struct Module {
    /// Its path without `crate`; empty for the root.
    pub(crate) path: Vec<String>,
    pub(crate) file: PathBuf,
    parent: usize,
    children: Vec<usize>,
    source: Source,
}

/// A use of one module by another, with the line of its first occurrence.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) line: usize,
}

/// A function that returns a file's text, or `None` if there is no such file.
pub(crate) type Reader<'a> = &'a dyn Fn(&File) -> Option<String>;

impl Tree {
    /// Reads the crate whose root is this file.
    pub(crate) fn read(root: &File, reader: Reader<'_>) -> Result<Self, Failure> {
        let mut tree = Self { modules: Vec::new() };
        tree.add(root, &[], 0, reader)?;
        Ok(tree)
    }

    fn add(
        &mut self,
        file: &File,
        path: &[String],
        parent: usize,
        reader: Reader<'_>,
    ) -> Result<usize, Failure> {
        let text = reader(file).ok_or_else(|| format!("{}: cannot be read", file.display()))?;
        let source = Source::read(&text).map_err(|failure| format!("{}: {failure}", file.display()))?;
        let index = self.modules.len();
        let children: Vec<_> = source.children.iter().map(|it| (it.name.clone(), it.file.clone())).collect();
        self.modules.push(Module {
            path: path.to_owned(),
            file: file.to_owned(),
            parent,
            children: Vec::new(),
            source,
        });
        for (name, given) in children {
            let child = child_file(file, path.is_empty(), &name, given.as_deref(), reader)?;
            let path = [path, &[name]].concat();
            let child = self.add(&child, &path, index, reader)?;
            self.modules[index].children.push(child);
        }
        Ok(index)
    }

    /// Returns which module uses which, each pair once.
    ///
    /// A module uses the one in which an item is defined, even if others re-export it; a re-export is not a use, unless the file
    /// also names the item outside of it.
    pub(crate) fn uses(&self) -> Vec<Use> {
        let mut all = BTreeSet::new();
        for (from, module) in self.modules.iter().enumerate() {
            let source = &module.source;
            let imports = source.imports.iter().filter(|import| {
                let named = import.name.as_ref().is_some_and(|name| source.identifiers.contains(name));
                !import.reexported || named
            });
            for path in imports.map(|import| &import.path).chain(&source.paths) {
                // An import of a module alone is not a use; the paths through it are.
                if let Some(Found::Item(to)) = self.resolve(from, path, LONGEST_CHAIN)
                    && to != from
                {
                    all.insert(Use { from, to, line: path.line });
                }
            }
            let globs = source.imports.iter().filter(|import| import.name.is_none() && !import.reexported);
            for glob in globs {
                if let Some(Found::Module(to)) = self.resolve(from, &glob.path, LONGEST_CHAIN)
                    && to != from
                {
                    all.insert(Use { from, to, line: glob.path.line });
                }
            }
        }
        let mut all: Vec<_> = all.into_iter().collect();
        all.dedup_by_key(|it| (it.from, it.to));
        all
    }

    /// Returns the module that a path leads to; `None` if that is in another crate.
    fn resolve(&self, from: usize, path: &Path, chain: usize) -> Option<Found> {
        let mut at = from;
        let mut inline = path.inline;
        let mut segments = path.segments.iter().map(String::as_str).peekable();
        match *segments.peek()? {
            "crate" => {
                at = 0;
                segments.next();
            }
            "self" | "super" => {
                while let Some(word) = segments.next_if(|word| matches!(*word, "self" | "super")) {
                    if word == "super" && inline > 0 {
                        inline -= 1;
                    } else if word == "super" {
                        at = self.modules[at].parent;
                    }
                }
                // Items of an inline module belong to this file.
                if inline > 0 {
                    return Some(Found::Item(at));
                }
            }
            first => {
                // A name in scope: of a module that is declared here, or imported. All others are of other crates.
                let module = &self.modules[at];
                let in_scope = module.source.imports.iter().any(|it| it.name.as_deref() == Some(first));
                if !in_scope && self.child(at, first).is_none() {
                    return None;
                }
            }
        }
        let rest: Vec<_> = segments.collect();
        self.descend(at, &rest, chain)
    }

    fn descend(&self, mut at: usize, segments: &[&str], chain: usize) -> Option<Found> {
        for (index, segment) in segments.iter().enumerate() {
            if let Some(child) = self.child(at, segment) {
                at = child;
                continue;
            }
            return self.item(at, segment, &segments[index + 1..], chain);
        }
        Some(Found::Module(at))
    }

    /// Follows a name that is not a module below this one, and the rest of the path after it.
    fn item(&self, at: usize, name: &str, rest: &[&str], chain: usize) -> Option<Found> {
        let source = &self.modules[at].source;
        let chain = chain.checked_sub(1)?;
        if source.items.contains(name) {
            return Some(Found::Item(at));
        }
        if let Some(import) = source.imports.iter().find(|it| it.name.as_deref() == Some(name)) {
            // A `use` whose first segment equals the imported name is of another crate.
            let is_own = import.path.segments.first().is_some_and(|first| first != name);
            return match self.resolve(at, &import.path, chain).filter(|_| is_own)? {
                Found::Module(module) => self.descend(module, rest, chain),
                item @ Found::Item(_) => Some(item),
            };
        }
        let globs = source.imports.iter().filter(|it| it.name.is_none());
        let through_globs = globs.filter_map(|glob| match self.resolve(at, &glob.path, chain)? {
            Found::Module(module) if module != at => {
                let whole: Vec<_> = [name].into_iter().chain(rest.iter().copied()).collect();
                let found = self.descend(module, &whole, chain)?;
                // An item that is not defined there is not from there either.
                matches!(found, Found::Module(_))
                    .then_some(found)
                    .or_else(|| self.defined(module, name, found))
            }
            Found::Module(_) | Found::Item(_) => None,
        });
        through_globs.into_iter().next().or(Some(Found::Item(at)))
    }

    fn defined(&self, module: usize, name: &str, found: Found) -> Option<Found> {
        let Found::Item(to) = found else { return Some(found) };
        let known = to != module || self.modules[module].source.items.contains(name);
        known.then_some(found)
    }

    fn child(&self, module: usize, name: &str) -> Option<usize> {
        let children = &self.modules[module].children;
        children
            .iter()
            .copied()
            .find(|child| self.modules[*child].path.last().is_some_and(|last| last == name))
    }
}

#[derive(Debug, Clone, Copy)]
enum Found {
    Module(usize),
    /// Returns whether an item is defined in this module.
    Item(usize),
}

impl Module {
    /// Its path as written in code.
    pub(crate) fn name(&self) -> String {
        ["crate"].into_iter().chain(self.path.iter().map(String::as_str)).collect::<Vec<_>>().join("::")
    }
}

/// Returns the paths where rustc looks for the file of a module.
fn child_file(
    file: &File,
    is_root: bool,
    name: &str,
    given: Option<&str>,
    reader: Reader<'_>,
) -> Result<PathBuf, Failure> {
    let folder = file.parent().ok_or("a source file is in a folder")?;
    if let Some(given) = given {
        return Ok(folder.join(given));
    }
    let is_folder = is_root || file.file_name().is_some_and(|name| name == "mod.rs");
    let folder = if is_folder { folder.to_owned() } else { file.with_extension("") };
    let candidates = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
    let found = candidates.into_iter().find(|candidate| reader(candidate).is_some());
    found.ok_or_else(|| format!("{}: the file of its module `{name}` is not there", file.display()).into())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns the uses in a crate made of these files, as `from -> to`.
    pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
        let find = |file: &File| {
            let found = files.iter().find(|(name, _)| File::new(name) == file);
            found.map(|(_, text)| (*text).to_owned())
        };
        Tree::read(File::new(files[0].0), &find).unwrap()
    }

    fn uses(files: &[(&str, &str)]) -> Vec<String> {
        let tree = tree(files);
        let name = |index: usize| tree.modules[index].name();
        tree.uses().iter().map(|it| format!("{} -> {}", name(it.from), name(it.to))).collect()
    }

    #[test]
    fn an_item_is_of_the_module_that_defines_it() {
        let files = [
            ("lib.rs", "mod a; mod b; pub use b::inner::Item; pub use b::*;"),
            ("a.rs", "use crate::Item; use crate::b; fn f(x: b::Other) { crate::glob() }"),
            ("b/mod.rs", "pub(crate) mod inner; mod other; pub use other::Other; pub fn glob() {}"),
            ("b/inner.rs", "pub struct Item;"),
            ("b/other.rs", "pub struct Other;"),
        ];
        assert_eq!(
            uses(&files),
            ["crate::a -> crate::b", "crate::a -> crate::b::inner", "crate::a -> crate::b::other"]
        );
    }

    #[test]
    fn a_reexport_is_a_use_only_if_the_file_names_it_elsewhere() {
        let reexport = [("lib.rs", "mod a; pub use a::A;"), ("a.rs", "pub struct A;")];
        assert_eq!(uses(&reexport), [] as [&str; 0]);
        let user = [("lib.rs", "mod a; pub use a::A; struct B(A);"), ("a.rs", "pub struct A;")];
        assert_eq!(uses(&user), ["crate -> crate::a"]);
    }

    #[test]
    fn other_crates_and_own_items_are_no_uses() {
        let files = [
            ("lib.rs", "mod a; use std::fmt; use log::log; fn f() -> fmt::Result { log::x() }"),
            ("a.rs", "use super::fmt; struct S; impl S { fn g() { S::g(); self::h(); fmt::y() } } fn h() {}"),
        ];
        assert_eq!(uses(&files), [] as [&str; 0]);
    }

    #[test]
    fn a_child_may_use_its_parent() {
        let files = [("lib.rs", "mod a;"), ("a/mod.rs", "mod b; struct P;"), ("a/b.rs", "use super::P;")];
        assert_eq!(uses(&files), ["crate::a::b -> crate::a"]);
        let glob = [("lib.rs", "mod a;"), ("a/mod.rs", "mod b; struct P;"), ("a/b.rs", "use super::*;")];
        assert_eq!(uses(&glob), ["crate::a::b -> crate::a"]);
    }

    #[test]
    fn a_module_without_a_file_is_an_error() {
        let reader = |file: &File| (file == File::new("lib.rs")).then(|| "mod gone;".to_owned());
        let failure = Tree::read(File::new("lib.rs"), &reader).unwrap_err();
        assert!(failure.to_string().contains("gone"), "{failure}");
    }
}
