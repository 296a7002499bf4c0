package redis

import "porchlight/bot"

// Partitions lists every partition there is.
func Partitions() []bot.Partition {
	all := make([]bot.Partition, partitions)
	for i := range all {
		all[i] = bot.Partition(i)
	}
	return all
}
