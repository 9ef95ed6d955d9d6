"""Groups, sectors and associations."""
from . import words
from .places import reference


class Group:
    def __init__(self, id, name, is_public, is_paqte):
        self.id = id
        self.name = name
        self.is_public = is_public
        self.is_paqte = is_paqte
        # The central référents are those of the government; town halls and railways have none.
        self.is_ministry = is_public and name.startswith(("MINISTÈRE", "PREMIER MINISTRE"))


class Association:
    def __init__(self, id, name, target_count):
        self.id = id
        self.name = name
        self.target_count = target_count


class Organisations:
    def __init__(self):
        listed = [(row["name"], row["is_public"] == "true", row["is_paqte"] == "true") for row in reference("groups.csv")]
        invented = [(name, False, False) for name in words.OTHER_GROUPS]
        self.groups = [Group(id, *group) for id, group in enumerate(listed + invented, start=1)]
        self.public_groups = [group for group in self.groups if group.is_public]
        self.private_groups = [group for group in self.groups if not group.is_public]
        self.ministries = [group for group in self.groups if group.is_ministry]
        self.sectors = [(id, row["name"]) for id, row in enumerate(reference("sectors.csv"), start=1)]
        self.sector_ids = [id for id, _ in self.sectors]
        with_feed = [row for row in reference("operators.csv") if row["offplatform_feed"] == "true"]
        self.associations = [Association(id, row["name"], int(row["target_count"]))
                             for id, row in enumerate(with_feed, start=1)]

    def write(self, load):
        load.copy("organisation_group", ((g.id, g.name, g.is_public, g.is_paqte) for g in self.groups))
        load.copy("sector", self.sectors)
        load.copy("association", ((a.id, a.name, a.target_count) for a in self.associations))
