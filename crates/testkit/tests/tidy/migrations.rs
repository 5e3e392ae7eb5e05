//! Migrations: each forward and back, on both databases, in one order.

use crate::files::{File, Finding};
use std::collections::BTreeSet;

const FOLDER: &str = "crates/store/migrations";
const LIST: &str = "crates/store/src/migrate.rs";

/// Each step has four scripts, its number follows that before it, and the program knows it.
pub fn pairs(files: &[File]) -> Vec<Finding> {
    let scripts: BTreeSet<&str> =
        files.iter().filter_map(|file| file.path.strip_prefix(FOLDER)?.strip_prefix('/')).collect();
    let finding = |path: String, what: String| Finding { path, line: 1, what };
    let mut findings = Vec::new();
    let mut steps = BTreeSet::new();
    for script in &scripts {
        let name = script.split_once('/').map_or("", |(_, name)| name);
        match name.strip_suffix(".up.sql").or_else(|| name.strip_suffix(".down.sql")) {
            Some(step) => drop(steps.insert(step.to_owned())),
            None => findings.push(finding(
                format!("{FOLDER}/{script}"),
                "a migration is called NNNN_name.up.sql or NNNN_name.down.sql".to_owned(),
            )),
        }
    }
    for (index, step) in steps.iter().enumerate() {
        for database in ["sqlite", "postgres"] {
            for way in ["up", "down"] {
                let script = format!("{database}/{step}.{way}.sql");
                if !scripts.contains(script.as_str()) {
                    let what =
                        format!("the step {step} has no such script: write it, so that it goes both ways");
                    findings.push(finding(format!("{FOLDER}/{script}"), what));
                }
            }
        }
        if !step.starts_with(&format!("{:04}_", index + 1)) {
            let what = format!("the step must be number {:04}: numbers follow each other", index + 1);
            findings.push(finding(format!("{FOLDER}/sqlite/{step}.up.sql"), what));
        }
        let listed = files.iter().find(|file| file.path == LIST).map(|file| file.text.as_str());
        if !listed.is_some_and(|text| text.contains(&format!("migration!(\"{step}\")"))) {
            let what = format!("the step {step} is not in MIGRATIONS: add migration!(\"{step}\")");
            findings.push(finding(LIST.to_owned(), what));
        }
    }
    findings
}
