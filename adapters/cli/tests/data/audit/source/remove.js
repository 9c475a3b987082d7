export async function remove(api, user) {
  return fetch(`${api}/api/v2/users/${user.id}`, {
    method: 'DELETE',
  });
}
