"""What goes wrong while a definition is being written: each error says what to write instead."""


class DefinitionError(TypeError):
    """A definition that makes no sense. Raised when its module is imported, never while a record is judged."""


class MixedRooms(DefinitionError):
    """A condition about one record and a condition about one subject in a period were combined."""
