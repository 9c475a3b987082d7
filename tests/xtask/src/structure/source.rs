//! The imports of one source file: the modules and items that it declares, and the paths that it names.
//!
//! It reads tokens, and so also sees the paths inside macro calls, which a parser of the language does not. Code behind
//! `#[cfg(test)]` is skipped: a test may use whatever it tests.

use std::{collections::BTreeSet, iter::Peekable, vec};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::failure::Failure;

/// Keywords that precede an item's name.
const ITEMS: &[&str] = &["const", "enum", "fn", "static", "struct", "trait", "type", "union"];
const QUALIFIERS: &[&str] = &["async", "extern", "unsafe"];

#[derive(Debug, Default)]
pub(crate) struct Source {
    /// The modules declared by `mod name;`.
    pub(super) children: Vec<Child>,
    /// The items defined at the top level, including inline modules and macros.
    pub(super) items: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    /// Paths outside `use`.
    pub(super) paths: Vec<Path>,
    /// Identifiers outside `use`.
    pub(super) identifiers: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) struct Child {
    pub(super) name: String,
    /// The value of `#[path = "…"]`.
    pub(super) file: Option<String>,
}

/// One name that a `use` brings into scope.
#[derive(Debug)]
pub(super) struct Import {
    /// The name in this file; empty for a glob.
    pub(super) name: Option<String>,
    pub(super) path: Path,
    /// Whether other modules may import it from here.
    pub(super) reexported: bool,
}

/// A path as written; its first segment is `crate`, `self`, `super` or a name.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) segments: Vec<String>,
    /// The number of inline modules around it: as many `super` lead out of them.
    pub(super) inline: usize,
    pub(super) line: usize,
}

impl Source {
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        // A `#!` line is not a token.
        let text =
            if text.starts_with("#!/") { text.split_once('\n').map_or("", |(_, rest)| rest) } else { text };
        let tokens: TokenStream = text.parse().map_err(|error| format!("not Rust: {error}"))?;
        let mut source = Self::default();
        source.walk(tokens, Place { items: true, inline: 0 });
        Ok(source)
    }

    fn walk(&mut self, tokens: TokenStream, place: Place) {
        let mut tokens = tokens.into_iter().collect::<Vec<_>>().into_iter().peekable();
        let mut before = Before::default();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(it) if it.as_char() == '#' => attribute(&mut tokens, &mut before),
                _ if before.only_for_tests => {
                    skip_item(token, &mut tokens);
                    before = Before::default();
                }
                TokenTree::Group(group) => {
                    let within = Place { items: false, ..place };
                    // `pub(crate)`: the parentheses contain no path.
                    if !before.is_public || group.delimiter() != Delimiter::Parenthesis {
                        self.walk(group.stream(), within);
                        before = Before::default();
                    }
                }
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    let word = word.to_string();
                    self.word(&word, line, &mut tokens, &mut before, place);
                }
                TokenTree::Punct(it) => {
                    let ends_a_path = it.as_char() == ':' || it.as_char() == '.';
                    before =
                        Before { in_path: ends_a_path && is_joined(&it, &mut tokens), ..Before::default() };
                }
                TokenTree::Literal(_) => before = Before::default(),
            }
        }
    }

    fn word(&mut self, word: &str, line: usize, tokens: &mut Tokens, before: &mut Before, place: Place) {
        match word {
            "pub" => before.is_public = true,
            "use" if before.begins_item() => {
                let start = Path { segments: Vec::new(), inline: place.inline, line };
                // Names that an inline module imports are visible in it only.
                self.import(tokens, &start, before.is_public, place.items && place.inline == 0);
                *before = Before::default();
            }
            "mod" if before.begins_item() && matches!(tokens.peek(), Some(TokenTree::Ident(_))) => {
                self.module(tokens, before, place);
            }
            "macro_rules" => {
                let _exclamation_mark = tokens.next();
                if let Some(TokenTree::Ident(name)) = tokens.peek() {
                    self.items.insert(name.to_string());
                }
            }
            _ if ITEMS.contains(&word) && place.items => {
                // `const fn`, `const unsafe fn`: the name comes later.
                if let Some(TokenTree::Ident(name)) = tokens.peek()
                    && !QUALIFIERS.iter().chain(ITEMS).any(|keyword| name == keyword)
                {
                    self.items.insert(name.to_string());
                }
                *before = Before::default();
            }
            _ => {
                if !before.in_path {
                    self.path(word, line, tokens, place);
                }
                self.identifiers.insert(word.to_owned());
                *before = Before::default();
            }
        }
    }

    fn module(&mut self, tokens: &mut Tokens, before: &mut Before, place: Place) {
        let Some(TokenTree::Ident(name)) = tokens.next() else { return };
        let name = name.to_string();
        if let Some(TokenTree::Group(body)) = tokens.peek() {
            let body = body.stream();
            tokens.next();
            if place.items {
                self.items.insert(name);
            }
            let mut inner = Self::default();
            inner.walk(body, Place { items: true, inline: place.inline + 1 });
            self.paths.extend(inner.paths);
            self.identifiers.extend(inner.identifiers);
            // The file depends on what the inline module imports; the names are visible in that module only.
            self.paths.extend(inner.imports.into_iter().map(|import| import.path));
        } else {
            self.children.push(Child { name, file: before.path.take() });
        }
        *before = Before::default();
    }

    /// Reads the rest of a path, if one begins with this word.
    fn path(&mut self, first: &str, line: usize, tokens: &mut Tokens, place: Place) {
        let mut segments = vec![first.to_owned()];
        while let Some(TokenTree::Punct(colon)) = tokens.peek()
            && colon.as_char() == ':'
            && colon.spacing() == proc_macro2::Spacing::Joint
        {
            tokens.next();
            tokens.next();
            let Some(TokenTree::Ident(next)) = tokens.peek() else { break };
            segments.push(next.to_string());
            self.identifiers.insert(next.to_string());
            tokens.next();
        }
        if segments.len() > 1 {
            self.paths.push(Path { segments, inline: place.inline, line });
        }
    }

    /// Reads a tree of imports up to `;`, or to the `,` or the end of its group.
    fn import(&mut self, tokens: &mut Tokens, start: &Path, reexported: bool, named: bool) {
        let mut path = start.clone();
        let mut name = None;
        let mut is_group = false;
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    name = tokens.next().map(|alias| alias.to_string());
                }
                TokenTree::Ident(word) => {
                    if path.segments.len() == start.segments.len() {
                        path.line = word.span().start().line;
                    }
                    path.segments.push(word.to_string());
                }
                TokenTree::Group(group) => {
                    is_group = true;
                    let mut inner = group.stream().into_iter().collect::<Vec<_>>().into_iter().peekable();
                    while inner.peek().is_some() {
                        self.import(&mut inner, &path, reexported, named);
                    }
                }
                TokenTree::Punct(it) if it.as_char() == '*' => {
                    self.imports.push(Import { name: None, path: path.clone(), reexported });
                    is_group = true;
                }
                TokenTree::Punct(it) if matches!(it.as_char(), ',' | ';') => break,
                _ => {}
            }
        }
        if is_group || path.segments.len() == start.segments.len() {
            return;
        }
        // `use a::{self}` brings `a`.
        if path.segments.len() > 1 && path.segments.last().is_some_and(|last| last == "self") {
            path.segments.pop();
        }
        if named {
            let name = name.or_else(|| path.segments.last().cloned());
            self.imports.push(Import { name, path, reexported });
        } else {
            self.paths.push(path);
        }
    }
}

type Tokens = Peekable<vec::IntoIter<TokenTree>>;

#[derive(Clone, Copy)]
struct Place {
    /// Whether items here belong to the file, and not to a function.
    items: bool,
    inline: usize,
}

/// Tokens just before the present one that qualify it.
#[derive(Default)]
struct Before {
    only_for_tests: bool,
    path: Option<String>,
    is_public: bool,
    in_path: bool,
}

impl Before {
    fn begins_item(&self) -> bool {
        !self.in_path
    }
}

/// Reads what follows `#`.
fn attribute(tokens: &mut Tokens, before: &mut Before) {
    if let Some(TokenTree::Punct(it)) = tokens.peek()
        && it.as_char() == '!'
    {
        tokens.next();
        tokens.next();
        return;
    }
    let Some(TokenTree::Group(group)) = tokens.peek() else { return };
    let words: Vec<_> = group.stream().into_iter().collect();
    tokens.next();
    let is = |name: &str| matches!(words.first(), Some(TokenTree::Ident(it)) if it == name);
    if is("cfg")
        && let Some(TokenTree::Group(condition)) = words.get(1)
    {
        before.only_for_tests |= asks_for_tests(condition.stream());
    }
    if is("path")
        && let Some(TokenTree::Literal(file)) = words.get(2)
    {
        before.path = Some(file.to_string().trim_matches('"').to_owned());
    }
}

/// `test` or `all(test, …)`.
fn asks_for_tests(condition: TokenStream) -> bool {
    let mut words = condition.into_iter();
    match (words.next(), words.next()) {
        (Some(TokenTree::Ident(word)), _) if word == "test" => true,
        (Some(TokenTree::Ident(word)), Some(TokenTree::Group(group))) if word == "all" => {
            group.stream().into_iter().any(|token| matches!(token, TokenTree::Ident(it) if it == "test"))
        }
        _ => false,
    }
}

/// Skips an item, a field, or a statement.
fn skip_item(first: TokenTree, tokens: &mut Tokens) {
    let mut token = Some(first);
    while let Some(current) = token {
        match current {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
            TokenTree::Punct(it) if matches!(it.as_char(), ';' | ',') => break,
            _ => token = tokens.next(),
        }
    }
}

/// Returns whether `:` is the first half of `::`, or the token is `.`: then the next name does not begin a path.
fn is_joined(it: &proc_macro2::Punct, tokens: &mut Tokens) -> bool {
    if it.as_char() == '.' {
        // `..` begins an expression.
        return it.spacing() == proc_macro2::Spacing::Alone;
    }
    let joined = it.spacing() == proc_macro2::Spacing::Joint;
    if joined && matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':') {
        tokens.next();
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        Source::read(text).unwrap().paths.iter().map(|path| path.segments.join("::")).collect()
    }

    fn imports(text: &str) -> Vec<(Option<String>, String, bool)> {
        let source = Source::read(text).unwrap();
        let imports = source.imports.into_iter();
        imports.map(|it| (it.name, it.path.segments.join("::"), it.reexported)).collect()
    }

    #[test]
    fn trees_of_imports_are_read_name_by_name() {
        let text = "pub use crate::a::{self, b::C as D, e::*};\nuse super::F;\npub(crate) use g::H;";
        let name = |name: &str| Some(name.to_owned());
        let expected = [
            (name("a"), "crate::a".to_owned(), true),
            (name("D"), "crate::a::b::C".to_owned(), true),
            (None, "crate::a::e".to_owned(), true),
            (name("F"), "super::F".to_owned(), false),
            (name("H"), "g::H".to_owned(), true),
        ];
        assert_eq!(imports(text), expected);
    }

    #[test]
    fn paths_are_found_in_bodies_and_in_macros() {
        assert_eq!(
            paths("fn f() -> crate::a::B { select!(super::c(), x.y::<u8>(), d::E::F(1)); }"),
            ["crate::a::B", "super::c", "d::E::F"]
        );
    }

    #[test]
    fn what_only_tests_need_is_passed_over() {
        let text = "#[cfg(test)] use crate::a::B; #[cfg(all(test, unix))] mod tests { use super::c::D; }\n\
                    #[cfg(not(test))] fn f() { crate::e::f() }";
        assert_eq!(imports(text), []);
        assert_eq!(paths(text), ["crate::e::f"]);
    }

    #[test]
    fn inline_modules_count_the_way_out() {
        let source = Source::read("mod inner { use super::super::a::B; fn f() { super::g() } }").unwrap();
        assert!(source.imports.is_empty() && source.items.contains("inner"));
        let all: Vec<_> = source.paths.iter().map(|it| (it.segments.join("::"), it.inline)).collect();
        assert_eq!(all, [("super::super::a::B".to_owned(), 1), ("super::g".to_owned(), 1)]);
    }

    #[test]
    fn items_and_children_are_those_of_the_top_level() {
        let source =
            Source::read("mod a; #[path = \"x/y.rs\"] pub mod b; pub struct C; const fn d() { fn e() {} }")
                .unwrap();
        let children: Vec<_> =
            source.children.iter().map(|it| (it.name.as_str(), it.file.as_deref())).collect();
        assert_eq!(children, [("a", None), ("b", Some("x/y.rs"))]);
        assert!(source.items.iter().map(String::as_str).eq(["C", "d"]), "{:?}", source.items);
    }
}
