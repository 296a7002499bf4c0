package directory

import (
	"maps"
	"slices"
)

// With is the directory with changes to single dates of groups, each under the
// date's id (Occurrence.ID), whatever its On says: it replaces what the files
// change about that date. Dates that the directory does not have are passed
// over. The directory itself stays as it is; the new one shares the rest.
func (d *Directory) With(changes map[string]Change) *Directory {
	with := *d
	with.services, with.service = slices.Clone(d.services), maps.Clone(d.service)
	for id, change := range changes {
		of, ok := with.date(id)
		if !ok {
			continue
		}
		changed, schedule := *of.service, *of.service.Schedules[of.schedule]
		change.On = of.on
		schedule.Changes = append(slices.DeleteFunc(slices.Clone(schedule.Changes), func(c Change) bool { return c.On.Equal(of.on.Time) }), change)
		changed.Schedules = slices.Clone(changed.Schedules)
		changed.Schedules[of.schedule] = &schedule
		with.services[slices.Index(with.services, of.service)] = &changed
		with.service[changed.ID] = &changed
	}
	return &with
}
