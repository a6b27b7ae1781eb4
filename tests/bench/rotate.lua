-- wrk script: POSTs the one-line messages of a file in turn (wrk … -- FILE), each thread from a place of its own, and
-- prints what happened as one line of numbers: requests, bad answers, microseconds, bytes of the answers.
local counter = 0

function setup(thread)
   thread:set("start", counter)
   counter = counter + 1
end

function init(args)
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "application/soap+xml; charset=utf-8"
   messages = {}
   for line in io.lines(args[1]) do
      messages[#messages + 1] = wrk.format(nil, nil, nil, line)
   end
   at = start * math.floor(#messages / 2)
end

function request()
   at = at % #messages + 1
   return messages[at]
end

function done(summary, latency, requests)
   local e = summary.errors
   io.write(string.format("RESULT %d %d %d %d\n", summary.requests,
                          e.connect + e.read + e.write + e.status + e.timeout, summary.duration, summary.bytes))
end
