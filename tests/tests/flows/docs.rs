//! The README shows code that is compiled.

use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn read(path: &str) -> String {
    let path = Path::new(ROOT).join(path);
    fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// The lines between the markers `// README:begin` and `// README:end`, without their common indentation.
fn shown(source: &str) -> String {
    let lines = source.lines().skip_while(|line| line.trim() != "// README:begin").skip(1);
    let lines: Vec<_> = lines.take_while(|line| line.trim() != "// README:end").collect();
    assert!(!lines.is_empty(), "no lines between the markers");
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let margin = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap();
    lines.iter().map(|line| line.get(margin..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_readme_shows_the_minimal_hosts_as_they_are() {
    let readme = read("README.md");
    let blocks: Vec<_> = readme
        .split("```rust")
        .skip(1)
        .map(|block| block.split_once('\n').unwrap().1.split("```").next().unwrap().trim_end())
        .collect();
    for host in ["examples/axum-minimal/src/main.rs", "examples/actix-minimal/src/main.rs"] {
        let source = read(host);
        assert!(source.lines().count() < 100, "{host} is no longer minimal");
        let part = shown(&source);
        assert!(blocks.contains(&part.trim_end()), "the README does not show {host} as it is:\n{part}");
    }
}
