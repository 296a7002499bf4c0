package redis

import (
	_ "embed" // the scripts stand beside this file

	goredis "github.com/redis/go-redis/v9"
)

var (
	//go:embed commit.lua
	commitLua string
	//go:embed waiting.lua
	waitingLua string
	//go:embed aside.lua
	asideLua string
	//go:embed advance.lua
	advanceLua string
	//go:embed owners.lua
	ownersLua string
	//go:embed renew.lua
	renewLua string
	//go:embed release.lua
	releaseLua string
	//go:embed allow.lua
	allowLua string
	//go:embed pause.lua
	pauseLua string
	//go:embed announce.lua
	announceLua string
	//go:embed audience.lua
	audienceLua string
	//go:embed unlist.lua
	unlistLua string
	//go:embed progress.lua
	progressLua string
	//go:embed spread.lua
	spreadLua string
	//go:embed putoff.lua
	putOffLua string
	//go:embed again.lua
	againLua string
	//go:embed dates.lua
	datesLua string
	//go:embed hasten.lua
	hastenLua string
)

// The scripts. Run sends a script's digest, and the script itself only where
// the server does not know it, as after it started anew.
var (
	commitScript  = goredis.NewScript(commitLua)
	waitingScript = goredis.NewScript(waitingLua)
	asideScript   = goredis.NewScript(asideLua)
	advanceScript = goredis.NewScript(advanceLua)
	ownersScript  = goredis.NewScript(ownersLua)
	renewScript   = goredis.NewScript(renewLua)
	releaseScript = goredis.NewScript(releaseLua)
	allowScript   = goredis.NewScript(allowLua)
	pauseScript   = goredis.NewScript(pauseLua)

	announceScript = goredis.NewScript(announceLua)
	audienceScript = goredis.NewScript(audienceLua)
	unlistScript   = goredis.NewScript(unlistLua)
	progressScript = goredis.NewScript(progressLua)
	spreadScript   = goredis.NewScript(spreadLua)
	putOffScript   = goredis.NewScript(putOffLua)
	againScript    = goredis.NewScript(againLua)
	datesScript    = goredis.NewScript(datesLua)
	hastenScript   = goredis.NewScript(hastenLua)
)
