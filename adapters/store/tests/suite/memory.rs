//! The store within the process.

use genesys_token_store::SharedStore;

use crate::scenario;

#[tokio::test]
async fn leases_and_tokens_are_as_in_every_store() {
    let store = SharedStore::in_memory();
    scenario::leases_and_tokens(&store, &store).await;
}
