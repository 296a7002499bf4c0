// Package pack puts together what an organisation runs on: its own texts,
// flows, services, groups and lines over those that ship.
package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"porchlight/flows"
	"porchlight/flows/directory"
	"porchlight/flows/sample"
	"porchlight/flows/triage"
	"porchlight/locales"
)

// Pack is everything an organisation speaks from.
//
// A pack's folder holds org.yaml and, as far as wanted, services.yaml,
// groups.yaml, areas.yaml, lines.yaml, flows/*.yaml and locales/*.yaml; what it
// does not hold comes from the built-in files.
type Pack struct {
	Org       Org
	Flows     *flows.Set
	Catalog   *locales.Catalog
	Directory *directory.Directory
	Triage    *triage.Reader
}

// Sample is the built-in pack of an invented organisation.
func Sample() fs.FS { return sample.FS }

// Open reads the pack in a folder; "" is the built-in sample. The error joins
// a *locales.Fault for each fault; the pack is usable only without any.
func Open(dir string) (*Pack, error) {
	if dir == "" {
		return Load(Sample())
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("the pack %s cannot be read: give PORCHLIGHT_ORG a folder with an org.yaml: %w", dir, err)
	}
	return Load(os.DirFS(dir))
}

// Load reads a pack over the built-in files.
func Load(layer fs.FS) (*Pack, error) {
	p := &Pack{}
	var err error
	var faults []error
	note := func(e error) { faults = append(faults, e) }

	p.Org, err = readOrg(layer)
	note(err)
	p.Catalog, err = locales.Load(locales.FS, folder(layer, "locales"))
	note(err)
	if p.Catalog != nil {
		for _, tag := range p.Org.Languages {
			if p.Catalog.Locale(tag) == nil {
				note(&locales.Fault{File: "org.yaml", Line: p.Org.languagesLine, Wrong: "there are no texts in the language " + tag,
					Mend: "write locales/" + tag + ".yaml, or take it out of languages"})
			}
		}
	}
	p.Directory, err = directory.Load(layer)
	note(err)
	p.Flows, err = flows.Load(flows.FS, folder(layer, "flows"))
	note(err)
	p.Triage, err = triage.Load(p.Org.Languages, locales.FS, folder(layer, "locales"))
	note(err)
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return p, nil
}

// Machine makes the machine that speaks from the pack.
func (p *Pack) Machine(channels map[string]flows.Presentation) (*flows.Machine, error) {
	return flows.New(flows.Config{
		Flows: p.Flows, Catalog: p.Catalog, Directory: p.Directory, Triage: p.Triage, Channels: channels,
		Org: flows.Organisation{Name: p.Org.Name, Country: p.Org.Country, Zone: p.Org.Zone, Listeners: p.Org.hasListeners(), Languages: p.Org.Languages},
	})
}

// folder is a folder of a layer, empty where there is none.
func folder(layer fs.FS, name string) fs.FS {
	sub, err := fs.Sub(layer, name)
	if err != nil {
		return nothing{}
	}
	return sub
}

type nothing struct{}

func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
