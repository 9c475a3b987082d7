//! Who is measured: how each is built, and how it is asked for one token. Data only.

pub(super) struct Contestant {
    pub(super) name: &'static str,
    pub(super) home: Home,
    pub(super) package: &'static str,
    pub(super) artifact: Artifact,
    pub(super) arguments: &'static [&'static str],
    /// The whole environment. A name in braces stands for what the sandbox of this run says.
    pub(super) environment: &'static [(&'static str, &'static str)],
}

/// The workspace, and with it the lock file, that a contestant belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    Root,
    Peers,
}

#[derive(Clone, Copy)]
pub(super) enum Artifact {
    Binary(&'static str),
    Example(&'static str),
}

/// The contestant whose CPU time and instructions are 1.
pub(super) const BASELINE: &str = "baseline";
pub(super) const TOOL: &str = "genesys-token get";
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

pub(super) const CONTESTANTS: &[Contestant] = &[
    Contestant {
        name: BASELINE,
        home: Home::Peers,
        package: "peer-baseline",
        artifact: Artifact::Binary("peer-baseline"),
        arguments: &[],
        environment: PEER_ENVIRONMENT,
    },
    Contestant {
        name: LIBRARY,
        home: Home::Root,
        package: "genesys-token-tokio",
        artifact: Artifact::Example("fetch"),
        arguments: &[],
        environment: PEER_ENVIRONMENT,
    },
    Contestant {
        name: TOOL,
        home: Home::Root,
        package: "genesys-token",
        artifact: Artifact::Binary("genesys-token"),
        arguments: &["get"],
        environment: OWN_ENVIRONMENT,
    },
    // Without options there is nothing to be parsed; this is what parsing costs.
    Contestant {
        name: "genesys-token get, options",
        home: Home::Root,
        package: "genesys-token",
        artifact: Artifact::Binary("genesys-token"),
        arguments: &["get", "--format", "token", "--timeout", "10"],
        environment: OWN_ENVIRONMENT,
    },
    Contestant {
        name: "oauth2 + reqwest",
        home: Home::Peers,
        package: "peer-oauth2-reqwest",
        artifact: Artifact::Binary("peer-oauth2-reqwest"),
        arguments: &[],
        environment: PEER_ENVIRONMENT,
    },
    Contestant {
        name: "ureq + serde_json",
        home: Home::Peers,
        package: "peer-ureq",
        artifact: Artifact::Binary("peer-ureq"),
        arguments: &[],
        environment: PEER_ENVIRONMENT,
    },
];
