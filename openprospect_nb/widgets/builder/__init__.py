"""The ICP builder: describe an ideal customer and place one order."""
