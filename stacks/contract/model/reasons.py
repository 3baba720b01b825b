"""Why some settings must not change once they are applied, where several say the same."""

NEW_DISK = "a volume cannot move to another storage class, so the database would be deleted and created empty"
NEW_MAJOR = "a server cannot read the files of another major version; ask for a second database and copy the data"
