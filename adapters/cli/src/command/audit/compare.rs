//! What is required, beside what is granted.

use std::collections::BTreeMap;

use super::call::{Call, Place, Requirement};
use super::document::Operation;
use crate::command::permission::{Grants, covers};
use crate::exit::{Exit, Problem};

/// Needed to read the roles, so it is not reported as unused.
const OWN: &str = "authorization:role:view";

/// The result for all calls.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) needs: Vec<Need>,
    /// Permissions that are granted and that no call needs.
    pub(super) unused: Vec<String>,
}

/// The result for one operation, with all places that call it.
#[derive(Debug)]
pub(super) struct Need {
    /// Method and path.
    pub(super) call: String,
    pub(super) places: Vec<Place>,
    /// Whether the method stands in the source.
    pub(super) is_method_known: bool,
    /// `None` if the document does not have this operation.
    pub(super) requirement: Option<Requirement>,
    pub(super) scopes: Vec<String>,
    /// Permissions that have to be added.
    pub(super) missing: Vec<String>,
}

/// Compares the calls with the grants.
pub(super) fn compare(calls: Vec<Call>, operations: &[Operation], grants: &Grants) -> Comparison {
    let mut needs: BTreeMap<String, Need> = BTreeMap::new();
    for call in calls {
        let operation = operation(&call, operations);
        let name = operation.map_or_else(
            || call.to_string(),
            |operation| format!("{} /{}", operation.method, operation.segments.join("/")),
        );
        let requirement = call.declared.or_else(|| operation.map(|operation| operation.requirement.clone()));
        let need = needs.entry(name).or_insert_with_key(|name| Need {
            call: name.clone(),
            places: Vec::new(),
            is_method_known: false,
            missing: requirement.iter().flat_map(|it| it.missing(grants)).map(str::to_owned).collect(),
            requirement,
            scopes: operation.map(|operation| operation.scopes.clone()).unwrap_or_default(),
        });
        need.places.push(call.place);
        need.is_method_known |= call.is_method_known;
    }
    let needs: Vec<_> = needs.into_values().collect();
    let required =
        || needs.iter().filter_map(|need| need.requirement.as_ref()).flat_map(|it| &it.permissions);
    let is_used =
        |granted: &str| covers(granted, OWN) || required().any(|permission| covers(granted, permission));
    let unused = grants.iter().filter(|granted| !is_used(granted)).map(str::to_owned).collect();
    Comparison { needs, unused }
}

/// Returns the operation that is most like the call.
fn operation<'a>(call: &Call, operations: &'a [Operation]) -> Option<&'a Operation> {
    let of_method = operations.iter().filter(|operation| operation.method == call.method);
    let alike = of_method.filter_map(|operation| Some((operation.likeness(&call.segments)?, operation)));
    alike.max_by_key(|(likeness, _)| *likeness).map(|(_, operation)| operation)
}

impl Comparison {
    /// Returns the failure with which to exit.
    pub(super) fn verdict(&self, denies_unused: bool) -> Result<(), Problem> {
        let mut missing: Vec<&str> =
            self.needs.iter().flat_map(|need| &need.missing).map(String::as_str).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let message = format!(
                "the roles of the OAuth client do not grant {}; add a role that does (Admin, Integrations, OAuth)",
                missing.join(", ")
            );
            return Err(Problem::new(Exit::PermissionMissing, message));
        }
        if denies_unused && !self.unused.is_empty() {
            let unused = self.unused.join(", ");
            let message = format!(
                "no call needs {unused}; take them from the client's roles, or leave out --deny-unused"
            );
            return Err(Problem::new(Exit::PermissionUnused, message));
        }
        Ok(())
    }
}
