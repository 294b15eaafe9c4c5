"""An audit from its targets to its report, and the folders of many audits."""
