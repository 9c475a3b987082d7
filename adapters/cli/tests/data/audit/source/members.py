import requests

API = "https://api.example.test/api/v2/"


def members(session, queue):
    return session.get(f"{BASE}/api/v2/routing/queues/{queue.id}/members?pageSize=100").json()


def me(session):
    return session.get(BASE + "/api/v2/users/me").json()
