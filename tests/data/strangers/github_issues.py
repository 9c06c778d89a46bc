"""Print all open issues of a repository, page after page."""

import os

from github import Client

with Client(os.environ["SPEC"], server=os.environ["SERVER"], max_pages=50) as gh:
    for issue in gh.issues.list_for_repo.items("octocat", "hello", state="open", per_page=100):
        author = issue["user"]["login"] if issue["user"] is not None else "nobody"
        print(issue["number"], issue["title"], author)
