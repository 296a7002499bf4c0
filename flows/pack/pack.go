// Package pack puts together what an organisation runs on: its own texts,
// flows, services, groups and lines over those that ship.
package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

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
	var faults [5]error // by reader, so that faults come in the same order each time
	p.Org, faults[0] = readOrg(layer)
	var readers sync.WaitGroup
	readers.Go(func() { p.Catalog, faults[1] = locales.Load(locales.FS, folder(layer, "locales")) })
	readers.Go(func() { p.Directory, faults[2] = directory.Load(layer) })
	readers.Go(func() { p.Flows, faults[3] = flows.Load(flows.FS, folder(layer, "flows")) })
	readers.Go(func() {
		p.Triage, faults[4] = triage.Open(keptWords(), p.Org.Languages, locales.FS, folder(layer, "locales"))
	})
	readers.Wait()
	if err := errors.Join(append(faults[:], p.unspoken()...)...); err != nil {
		return nil, err
	}
	return p, nil
}

// keptWords is the folder that keeps what has been made of words files: the
// user's cache, "" where there is none. XDG_CACHE_HOME says where that is.
func keptWords() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "porchlight")
}

// unspoken is a fault for each of the organisation's languages without texts.
func (p *Pack) unspoken() (faults []error) {
	if p.Catalog == nil {
		return nil
	}
	for _, tag := range p.Org.Languages {
		if p.Catalog.Locale(tag) == nil {
			faults = append(faults, &locales.Fault{File: "org.yaml", Line: p.Org.languagesLine, Wrong: "there are no texts in the language " + tag,
				Mend: "write locales/" + tag + ".yaml, or take it out of languages"})
		}
	}
	return faults
}

// Machine makes the machine that speaks from the pack.
func (p *Pack) Machine(channels map[string]flows.Presentation) (*flows.Machine, error) {
	return flows.New(flows.Config{
		Flows: p.Flows, Catalog: p.Catalog, Directory: p.Directory, Triage: p.Triage, Channels: channels,
		Org: flows.Organisation{Name: p.Org.Name, Country: p.Org.Country, Zone: p.Org.Zone, Listeners: p.Org.hasListeners(), Languages: p.Org.Languages, Topics: p.Org.Topics},
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
