"""A model of a file system that loses power: what may be on the disk after a list of system calls.

The rules are those that POSIX and the usual journalling file systems leave a program with:

- bytes written to a file are safe once the file was fsynced after them; until then they may be there, be missing, be
  there in part, or be zeros;
- a name (made, renamed, exchanged or removed) is safe once its folder was fsynced after that; until then the disk may
  have gone through any first part of the changes of that folder, each folder for itself.
"""
import dataclasses
import os
import pathlib


class File:
    """An inode: a file (data), a link (target) or a folder (names)."""

    def __init__(self, kind, data=b"", target=""):
        self.kind, self.data, self.target = kind, bytes(data), target
        self.names = {}


@dataclasses.dataclass
class Change:
    """One change by a call. `names`: name -> inode or None of a folder; else what is done to the bytes of a file."""
    call: int
    place: File
    names: dict = None
    offset: int = 0
    data: bytes = None  # written at offset; None: cut to offset bytes
    synced: int = None  # the call by which it became safe


def read_tree(folder):
    """The inodes of a folder as it is on the disk, all of it safe."""
    root = File("folder")
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.is_symlink():
            root.names[path.name] = File("link", target=os.readlink(path))
        elif path.is_dir():
            root.names[path.name] = read_tree(path)
        else:
            root.names[path.name] = File("file", path.read_bytes())
    return root


class Disk:
    """Takes the calls of a program and remembers every change, as the program sees it."""

    def __init__(self, root):
        self.start = root
        self.changes = []
        self.call = 0
        self.view = {}  # id of an inode -> its names or bytes, as the program sees them
        self.inodes = []

    def names(self, folder):
        return self.view.setdefault(id(folder), dict(folder.names))

    def find(self, path):
        """(folder, name) of a path below the root, links in folders followed. `path` is a tuple of names."""
        folder = self.start
        for i, name in enumerate(path[:-1]):
            folder = self.names(folder)[name]
            if folder.kind == "link":
                folder = self.find_inode(tuple(path[:i]) + (folder.target,))
        return folder, path[-1]

    def find_inode(self, path):
        if not path:
            return self.start
        folder, name = self.find(path)
        return self.names(folder).get(name)

    def put(self, folder, names):
        self.names(folder).update(names)
        for name in [name for name, inode in names.items() if inode is None]:
            del self.names(folder)[name]
        self.changes.append(Change(self.call, folder, names=names))

    def create(self, path, kind, target=""):
        folder, name = self.find(path)
        inode = File(kind, target=target)
        self.inodes.append(inode)  # kept, so that id() stays its own
        self.put(folder, {name: inode})
        return inode

    def write(self, inode, offset, data):
        self.changes.append(Change(self.call, inode, offset=offset, data=bytes(data)))

    def cut(self, inode, length):
        self.changes.append(Change(self.call, inode, offset=length))

    def remove(self, path):
        folder, name = self.find(path)
        self.put(folder, {name: None})

    def rename(self, source, target):
        (folder, name), (to_folder, to_name) = self.find(source), self.find(target)
        inode = self.names(folder)[name]
        if folder is to_folder:
            self.put(folder, {name: None, to_name: inode})
        else:
            self.put(to_folder, {to_name: inode})
            self.put(folder, {name: None})

    def exchange(self, a, b):
        (folder, name), (to_folder, to_name) = self.find(a), self.find(b)
        first, second = self.names(folder)[name], self.names(to_folder)[to_name]
        if folder is to_folder:
            self.put(folder, {name: second, to_name: first})
        else:
            self.put(folder, {name: second})
            self.put(to_folder, {to_name: first})

    def sync(self, inode):
        for change in self.changes:
            if change.place is inode and change.synced is None:
                change.synced = self.call


def apply_to_bytes(data, change, treatment):
    """The bytes of a file after one change that is safe ('all'), or in what way it is not."""
    if change.data is None:
        cut = data[:change.offset] + b"\0" * max(0, change.offset - len(data))
        return data if treatment == "none" else cut
    if treatment == "none":
        return data
    new = {"zeros": b"\0" * len(change.data), "half": change.data[:len(change.data) // 2]}.get(treatment, change.data)
    data = data + b"\0" * max(0, change.offset - len(data))
    return data[:change.offset] + new + data[change.offset + len(new):]


def state_after(disk, calls, treatment, keep):
    """What lies on the disk when the power goes after so many calls, as nested dictionaries.

    treatment: what became of bytes that are not safe: all, none, zeros or half. keep(number): how many of so many
    changes of names that are not safe a folder has gone through.
    """
    made = [change for change in disk.changes if change.call < calls]
    is_safe = {id(change): change.synced is not None and change.synced < calls for change in made}
    contents, open_names = {}, {}
    for change in made:
        if change.names is None:
            before = contents.get(id(change.place), change.place.data)
            contents[id(change.place)] = apply_to_bytes(before, change, "all" if is_safe[id(change)] else treatment)
        elif not is_safe[id(change)]:
            open_names.setdefault(id(change.place), []).append(change)
    kept = {id(change) for changes in open_names.values() for change in changes[:keep(len(changes))]}

    def build(folder):
        names = dict(folder.names)
        for change in made:
            if change.names is not None and change.place is folder and (is_safe[id(change)] or id(change) in kept):
                names.update(change.names)
        tree = {}
        for name, inode in names.items():
            if inode is None:
                continue
            if inode.kind == "folder":
                tree[name] = build(inode)
            elif inode.kind == "link":
                tree[name] = ("link", inode.target)
            else:
                tree[name] = ("file", contents.get(id(inode), inode.data))
        return tree

    return build(disk.start)


def write_tree(tree, folder):
    folder = pathlib.Path(folder)
    folder.mkdir()
    for name, item in tree.items():
        if isinstance(item, dict):
            write_tree(item, folder / name)
        elif item[0] == "link":
            os.symlink(item[1], folder / name)
        else:
            (folder / name).write_bytes(item[1])


def freeze(tree):
    """A form of a tree that can be compared and put into a set."""
    return tuple(sorted((name, freeze(item) if isinstance(item, dict) else item) for name, item in tree.items()))
