//! The clients of the program without `--clients`.

use crate::clients::{Client, DEMO_CLIENT_SECRET, DEMO_CODE_CLIENT_ID, DEMO_SAML_CLIENT_ID, GrantType};
use crate::clients_file::ClientsFile;

/// Returns one client for each grant, with every permission that the sandbox checks.
pub(crate) fn default_clients() -> ClientsFile {
    let permissions = ["authorization:role:view", "directory:user:view", "routing:queue:view"];
    let code = Client::new(DEMO_CODE_CLIENT_ID, DEMO_CLIENT_SECRET).for_grants([GrantType::Code]);
    let saml = Client::new(DEMO_SAML_CLIENT_ID, DEMO_CLIENT_SECRET).for_grants([GrantType::Saml2Bearer]);
    let clients = [Client::demo(), code, saml].map(|client| client.with_permissions(&permissions));
    ClientsFile { clients: clients.into(), organization: None }
}
