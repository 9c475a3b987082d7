//! `regions`: the same table as core's, in every format.

use genesys_token_core::settings::Region;

use crate::tool::Tool;

fn rows() -> Vec<[String; 6]> {
    let row = |region: &Region| {
        [
            region.name(),
            region.aws_region(),
            region.domain(),
            region.login_host(),
            region.api_host(),
            region.place(),
        ]
        .map(str::to_owned)
    };
    Region::ALL.iter().map(row).collect()
}

#[test]
fn json_is_core_s_table() {
    let out = Tool::new(&["regions", "--format", "json"]).run().output();
    let table: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    let names = ["name", "aws_region", "domain", "login_host", "api_host", "place"];
    let read: Vec<_> =
        table.iter().map(|region| names.map(|name| region[name].as_str().unwrap().to_owned())).collect();
    assert_eq!(read, rows());
}

#[test]
fn csv_is_core_s_table() {
    let out = Tool::new(&["regions", "--format", "csv"]).run().output();
    let mut lines = out.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(lines.next().unwrap().join(","), "name,aws_region,domain,login_host,api_host,place");
    assert_eq!(lines.collect::<Vec<_>>(), rows());
}

#[test]
fn text_names_each_region_in_a_line_of_its_own() {
    let out = Tool::new(&["regions"]).run().output();
    let lines: Vec<_> = out.lines().skip(1).collect();
    assert_eq!(lines.len(), rows().len());
    for (line, [name, aws, domain, login, api, place]) in lines.iter().zip(rows()) {
        assert_eq!([login, api], [format!("login.{domain}"), format!("api.{domain}")], "as the help says");
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words[..3], [name, aws, domain], "{line}");
        assert!(line.ends_with(&place), "{line}");
    }
}
