"""``python -m gongwei.site.commands``, which is what ``./gongwei`` runs."""

from gongwei.site import commands

if __name__ == "__main__":
    commands.main()
