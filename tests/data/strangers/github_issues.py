"""Print all open issues of a repository, page after page."""

import os
from itertools import count

from github import Client, Issue

with Client(os.environ["SPEC"], server=os.environ["SERVER"]) as gh:
    issues: list[Issue] = []
    for page in count(1):
        found = gh.issues_list_for_repo("octocat", "hello", state="open", per_page=100, page=page)
        issues += found
        if len(found) < 100:
            break
    for issue in issues:
        author = issue["user"]["login"] if issue["user"] is not None else "nobody"
        print(issue["number"], issue["title"], author)
