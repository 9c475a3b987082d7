//! The compared programs: how each is built, and which command requests one token. Data only.

use crate::sandbox::Sandbox;

pub(super) struct Candidate {
    pub(super) name: &'static str,
    pub(super) home: Home,
    pub(super) package: &'static str,
    pub(super) artifact: Artifact,
    /// What the package is built with beside its default features.
    pub(super) features: Features,
    pub(super) arguments: &'static [&'static str],
    /// The complete environment. A name in braces stands for the sandbox's value of this run.
    pub(super) environment: &'static [(&'static str, &'static str)],
}

impl Candidate {
    /// Returns the program's environment, with the values of a sandbox.
    pub(super) fn environment(&self, sandbox: &Sandbox) -> Vec<(&'static str, String)> {
        self.environment.iter().map(|(name, value)| (*name, sandbox.filled(value))).collect()
    }
}

/// The workspace, with its lock file, that the program belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    Root,
    Peers,
    /// The repository as of this commit, in a folder and with a lock file of its own.
    Commit(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Features {
    Default,
    All,
}

#[derive(Clone, Copy)]
pub(super) enum Artifact {
    Binary(&'static str),
    Example(&'static str),
}

/// The last commit before `api`, `audit`, profiles and the other commands were added to the tool.
const FIRST_GENERATION: &str = "518247c4dcc0cf63615c1639c151212bdbbdc5ee";

/// The program whose CPU time and instructions are the unit of the others.
pub(super) const BASELINE: &str = "baseline";
pub(super) const TOOL: &str = "genesys-token get";
pub(super) const FIRST: &str = "genesys-token get, first generation";
pub(super) const WHOLE_TOOL: &str = "genesys-token get, every feature";
pub(super) const LIBRARY: &str = "library example";

const PEER_ENVIRONMENT: &[(&str, &str)] = &[
    ("TOKEN_URL", "{GENESYS_LOGIN_URL}/oauth/token"),
    ("CLIENT_ID", "{GENESYS_CLIENT_ID}"),
    ("CLIENT_SECRET", "{GENESYS_CLIENT_SECRET}"),
    ("ROOT_PEM", "{GENESYS_CA_FILE}"),
];

const OWN_ENVIRONMENT: &[(&str, &str)] = &[
    ("GENESYS_LOGIN_URL", "{GENESYS_LOGIN_URL}"),
    ("GENESYS_CLIENT_ID", "{GENESYS_CLIENT_ID}"),
    ("GENESYS_CLIENT_SECRET", "{GENESYS_CLIENT_SECRET}"),
    ("GENESYS_CA_FILE", "{GENESYS_CA_FILE}"),
];

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate {
        name: BASELINE,
        home: Home::Peers,
        package: "peer-baseline",
        artifact: Artifact::Binary("peer-baseline"),
        features: Features::Default,
        arguments: &[],
        environment: PEER_ENVIRONMENT,
    },
    Candidate {
        name: LIBRARY,
        home: Home::Root,
        package: "genesys-token-tokio",
        artifact: Artifact::Example("fetch"),
        features: Features::Default,
        arguments: &[],
        environment: PEER_ENVIRONMENT,
    },
    Candidate {
        name: TOOL,
        home: Home::Root,
        package: "genesys-token",
        artifact: Artifact::Binary("genesys-token"),
        features: Features::Default,
        arguments: &["get"],
        environment: OWN_ENVIRONMENT,
    },
    Candidate {
        name: FIRST,
        home: Home::Commit(FIRST_GENERATION),
        package: "genesys-token",
        artifact: Artifact::Binary("genesys-token"),
        features: Features::Default,
        arguments: &["get"],
        environment: OWN_ENVIRONMENT,
    },
    Candidate {
        name: WHOLE_TOOL,
        home: Home::Root,
        package: "genesys-token",
        artifact: Artifact::Binary("genesys-token"),
        features: Features::All,
        arguments: &["get"],
        environment: OWN_ENVIRONMENT,
    },
    // Without options: the difference to the other row is the cost of parsing them.
    Candidate {
        name: "genesys-token get, options",
        home: Home::Root,
        package: "genesys-token",
        artifact: Artifact::Binary("genesys-token"),
        features: Features::Default,
        arguments: &["get", "--format", "token", "--timeout", "10"],
        environment: OWN_ENVIRONMENT,
    },
    Candidate {
        name: "oauth2 + reqwest",
        home: Home::Peers,
        package: "peer-oauth2-reqwest",
        artifact: Artifact::Binary("peer-oauth2-reqwest"),
        features: Features::Default,
        arguments: &[],
        environment: PEER_ENVIRONMENT,
    },
    Candidate {
        name: "ureq + serde_json",
        home: Home::Peers,
        package: "peer-ureq",
        artifact: Artifact::Binary("peer-ureq"),
        features: Features::Default,
        arguments: &[],
        environment: PEER_ENVIRONMENT,
    },
];
