-- wrk script: GETs one file, and prints what happened like rotate.lua.
function done(summary, latency, requests)
   local e = summary.errors
   io.write(string.format("RESULT %d %d %d %d\n", summary.requests,
                          e.connect + e.read + e.write + e.status + e.timeout, summary.duration, summary.bytes))
end
