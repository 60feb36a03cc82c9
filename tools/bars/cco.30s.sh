#!/bin/sh
# xbar and SwiftBar: put this into the folder of plugins. Tested by ./check as they run it, not in xbar itself.
# They start plugins with a short path.
PATH="$PATH:/usr/local/bin:/opt/homebrew/bin:$HOME/.cargo/bin"
exec cco-peek --format xbar
