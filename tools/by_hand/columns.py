"""The columns of a year's return that the scripts beside this one share."""

FIGURES = (
    *("party_members_good", "party_members_failed", "party_members_rated", "cadres_degree", "cadres_theory"),
    *("cadres", "officials_standard", "officials", "workers_trained", "workers"),
)
"""What is added up by district."""

COUNTS = ("members", "party_members", *FIGURES)
"""What every row must say; `nominees` only that of a union."""

PARTS = {
    "party_members": "members",
    "party_members_rated": "party_members",
    "cadres_degree": "cadres",
    "cadres_theory": "cadres",
    "officials": "members",
    "officials_standard": "officials",
    "workers": "members",
    "workers_trained": "workers",
}
"""Each part, and the whole it is at most; besides, the good and the failed are at most the rated."""

TYPES = ("grassroots", "office")
GOOD = ("excellent", "good")
RATED = (*GOOD, "completed", "failed")
RATINGS = (*RATED, "not_rated")
