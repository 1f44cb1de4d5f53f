"""The rows behind the API's nouns: functions from a connection to rows and wire objects, one noun a module."""
