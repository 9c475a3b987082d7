//! Finds calls in source files: paths that begin with `/api/v2/`, with the method that is nearest.
//!
//! This is a search in text, not a parser of languages: it finds what is written out. A manifest lists what it cannot see.

use std::fs;
use std::path::{Path, PathBuf};

use super::call::{Call, METHODS, PARAMETER, Place, method, segments};
use crate::exit::Problem;

const OPTION: &str = "--source";
const PREFIX: &str = "/api/v2/";
/// Larger files are generated.
const FILE_MAX: u64 = 2 * 1024 * 1024;
/// Folders are not nested deeper, unless by mistake.
const DEPTH_MAX: usize = 64;
const QUOTES: [char; 3] = ['"', '\'', '`'];

/// Folders with the code of others, or without code.
const IGNORED: [&str; 8] =
    ["node_modules", "target", "vendor", "dist", "build", "__pycache__", "venv", "site-packages"];
/// File name extensions of sources.
const EXTENSIONS: [&str; 28] = [
    "bash", "c", "cc", "cpp", "cs", "ex", "go", "groovy", "java", "js", "jsx", "kt", "lua", "mjs", "cjs",
    "php", "pl", "ps1", "py", "rb", "rs", "scala", "sh", "swift", "ts", "tsx", "vb", "vue",
];

/// Returns the calls in a file, or in the source files of a folder and its folders.
pub(super) fn calls(source: &Path) -> Result<Vec<Call>, Problem> {
    let mut files = Vec::new();
    if source.is_dir() {
        list(source, 0, &mut files).map_err(|(path, error)| unreadable(&path, &error))?;
    } else {
        files.push(source.to_owned());
    }
    let mut calls = Vec::new();
    for file in files {
        let bytes = fs::read(&file).map_err(|error| unreadable(&file, &error))?;
        // Sources in older encodings have their paths in ASCII.
        calls.extend(in_text(&String::from_utf8_lossy(&bytes), &file));
    }
    Ok(calls)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    let why = format!("{} cannot be read ({error}); check its name and its permissions", path.display());
    Problem::setting(OPTION, why)
}

/// Lists source files in alphabetical order. Links are not followed: they may lead in circles.
fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), (PathBuf, std::io::Error)> {
    let failed = |error| (folder.to_owned(), error);
    let mut entries: Vec<_> =
        fs::read_dir(folder).and_then(Iterator::collect::<Result<_, _>>).map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && depth < DEPTH_MAX && !name.starts_with('.') && !IGNORED.contains(&&*name) {
            list(&path, depth + 1, files)?;
        } else if kind.is_file() {
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            let is_small = entry.metadata().map_err(failed)?.len() <= FILE_MAX;
            if is_small && EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)) {
                files.push(path);
            }
        }
    }
    Ok(())
}

fn in_text(text: &str, file: &Path) -> Vec<Call> {
    let lines: Vec<&str> = text.lines().collect();
    let mut calls = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        for (at, _) in line.match_indices(PREFIX) {
            let segments = segments(&path_at(&line[at..]));
            // A base URL is no call.
            if segments.len() <= 2 {
                continue;
            }
            let found = method_near(&lines, index, at);
            let place = Place { file: file.to_owned(), line: index + 1 };
            let (method, is_method_known) = (found.unwrap_or("GET"), found.is_some());
            calls.push(Call { method, is_method_known, segments, place, declared: None });
        }
    }
    calls
}

/// Returns the path at the beginning of `text`, with [`PARAMETER`] for whatever is put in at run time.
fn path_at(text: &str) -> String {
    let mut path = String::new();
    let mut rest = text;
    loop {
        rest = literal(rest, &mut path);
        // "/api/v2/users/" + id + "/queues"
        let Some(after) = rest.strip_prefix(QUOTES) else { break };
        let after = after.trim_start();
        if !path.ends_with('/') || !after.starts_with(['+', '.', '&']) {
            break;
        }
        path.push_str(PARAMETER);
        let Some(quote) = after.find(QUOTES).filter(|quote| !after[..*quote].contains([',', ';'])) else {
            break;
        };
        rest = &after[quote + 1..];
        if !rest.starts_with('/') {
            break;
        }
    }
    path
}

/// Appends the literal part of a path; returns what follows.
fn literal<'t>(text: &'t str, path: &mut String) -> &'t str {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let begins_segment = path.ends_with('/');
        if let Some(after) = placeholder(rest, begins_segment) {
            path.push_str(PARAMETER);
            rest = after;
        } else if first.is_ascii_alphanumeric() || "-_.~/".contains(first) {
            path.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            break;
        }
    }
    // The end of a sentence.
    path.truncate(path.trim_end_matches('.').len());
    rest
}

/// Returns what follows a placeholder at the beginning of `text`: `{id}`, `${id}`, `#{id}`, `$id`, `$(id)`, `%s`, and as a whole segment
/// `:id` and `<id>`.
fn placeholder(text: &str, begins_segment: bool) -> Option<&str> {
    let name = |text: &str| {
        text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len())
    };
    if let Some(inner) = ["${", "#{", "{"].iter().find_map(|open| text.strip_prefix(open)) {
        return closed(inner, '{', '}');
    }
    if let Some(inner) = text.strip_prefix("$(") {
        return closed(inner, '(', ')');
    }
    if let Some(inner) = text.strip_prefix('$') {
        return Some(&inner[name(inner)..]).filter(|after| after.len() < inner.len());
    }
    if let Some(inner) = text.strip_prefix('%') {
        return inner.strip_prefix(['s', 'd', 'v', 'q', 'i', '@']);
    }
    if begins_segment {
        if let Some(inner) = text.strip_prefix(':') {
            return Some(&inner[name(inner)..]).filter(|after| after.len() < inner.len());
        }
        if let Some(inner) = text.strip_prefix('<') {
            return closed(inner, '<', '>');
        }
    }
    None
}

/// Returns what follows the bracket that closes one opened before `text`.
fn closed(text: &str, open: char, close: char) -> Option<&str> {
    let mut depth = 1;
    for (at, letter) in text.char_indices() {
        if letter == open {
            depth += 1;
        } else if letter == close {
            depth -= 1;
            if depth == 0 {
                return Some(&text[at + close.len_utf8()..]);
            }
        }
    }
    None
}

/// Returns the method that is nearest to a path: in its line, before or after it, then in the line before, then in the two after. Lines
/// with another path have their own.
fn method_near(lines: &[&str], index: usize, at: usize) -> Option<&'static str> {
    let line = lines[index];
    let others = line.match_indices(PREFIX).map(|(other, _)| other);
    let start = others.clone().filter(|other| *other < at).max().map_or(0, |other| other + PREFIX.len());
    let end = others.filter(|other| *other > at).min().unwrap_or(line.len());
    let near = |offset: isize| {
        let line = lines.get(index.checked_add_signed(offset)?)?;
        (!line.contains(PREFIX)).then_some(*line)
    };
    let before = methods(&line[start..at]).last().copied();
    before
        .or_else(|| methods(&line[at..end]).first().copied())
        .or_else(|| methods(near(-1)?).last().copied())
        .or_else(|| methods(near(1)?).first().copied())
        .or_else(|| methods(near(1).and_then(|_| near(2))?).first().copied())
}

/// Returns the methods that a line names: `GET`, `.get(`, `'get'`, `MethodGet`, `HttpGet`, `GetAsync`.
fn methods(line: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in line.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let start = at;
        at = start + word.len() + line[start + word.len()..].chars().next().map_or(0, char::len_utf8);
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let is_quoted = before.is_some_and(|letter| QUOTES.contains(&letter)) && before == after;
        let is_called = matches!(after, Some('(' | '<' | ':'));
        let core = ["Method", "Http"].iter().find_map(|prefix| word.strip_prefix(prefix));
        let core = core.or_else(|| {
            ["AsJsonAsync", "FromJsonAsync", "StringAsync", "Async"]
                .iter()
                .find_map(|suffix| word.strip_suffix(suffix))
        });
        let known = match core {
            Some(core) => method(core),
            None if METHODS.contains(&word) || is_quoted || is_called => method(word),
            None => None,
        };
        found.extend(known);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let calls = in_text(text, Path::new("source"));
        calls.iter().map(|call| format!("{call}{}", if call.is_method_known { "" } else { " ?" })).collect()
    }

    #[test]
    fn paths_are_found_in_the_spellings_of_languages() {
        for (line, expected) in [
            (r#"client.get("/api/v2/users/me")"#, "GET /api/v2/users/me"),
            (
                r#"let url = format!("https://{host}/api/v2/users/{user_id}/queues");"#,
                "GET /api/v2/users/{}/queues ?",
            ),
            (
                r#"requests.post(f"{base}/api/v2/routing/queues/{queue['id']}", json=x)"#,
                "POST /api/v2/routing/queues/{}",
            ),
            (
                "await fetch(`${api}/api/v2/users/${user.id}`, { method: 'DELETE' })",
                "DELETE /api/v2/users/{}",
            ),
            (
                r#"http.NewRequest(http.MethodPut, base+"/api/v2/users/"+id+"/roles", body)"#,
                "PUT /api/v2/users/{}/roles",
            ),
            (
                r#"http.NewRequest("PATCH", fmt.Sprintf("%s/api/v2/users/%s", base, id), body)"#,
                "PATCH /api/v2/users/{}",
            ),
            (r#"client.PostAsync($"/api/v2/flows/{id:D}/jobs?x=1", content);"#, "POST /api/v2/flows/{}/jobs"),
            (r#"curl -X DELETE "$API/api/v2/users/$ID""#, "DELETE /api/v2/users/{}"),
            (r#"conn.get("/api/v2/users/#{id}")"#, "GET /api/v2/users/{}"),
            ("// GET /api/v2/users/{userId}.", "GET /api/v2/users/{}"),
            ("app.route('/api/v2/users/<id>/x')", "GET /api/v2/users/{}/x ?"),
            ("router.put('/api/v2/users/:id', f)", "PUT /api/v2/users/{}"),
            (r#"ApiRequest::new(Method::HEAD, "/api/v2/tokens/me")"#, "HEAD /api/v2/tokens/me"),
        ] {
            assert_eq!(found(line), [expected], "{line}");
        }
    }

    #[test]
    fn base_urls_are_no_calls_and_broken_text_is_harmless() {
        for line in
            ["const BASE = 'https://api.mypurecloud.de/api/v2/';", "/api/v2/", "/api/v2", "x /api/v2/{ y"]
        {
            assert!(found(line).is_empty(), "{line}: {:?}", found(line));
        }
        assert_eq!(found("\"/api/v2/ü/users/\" + "), Vec::<String>::new());
        assert_eq!(found("get('/api/v2/users/${a"), ["GET /api/v2/users"]);
    }

    #[test]
    fn the_method_may_stand_in_the_lines_around() {
        let text = "client.post(\n    '/api/v2/users',\n)\nfetch('/api/v2/flows', {\n  headers,\n  method: 'PUT' })\n";
        assert_eq!(found(text), ["POST /api/v2/users", "PUT /api/v2/flows"]);
        let two = "get('/api/v2/a'); post('/api/v2/b')";
        assert_eq!(found(two), ["GET /api/v2/a", "POST /api/v2/b"]);
    }
}
