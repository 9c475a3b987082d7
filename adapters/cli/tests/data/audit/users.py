requests.get(api + '/api/v2/users')
