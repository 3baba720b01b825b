"""YAML files whose every mistake is told with its line: job files here, stack configs in `stacks.contract`."""
