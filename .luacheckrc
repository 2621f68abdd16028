-- The library is checked as the server gets it: all of lua/*.lua joined (see `make lua`).
std = "lua51"
read_globals = {"redis", "server", "cjson"}
max_line_length = 120
