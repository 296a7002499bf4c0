package directory_test

import (
	"testing"

	"porchlight/flows/directory"
	"porchlight/flows/sample"
)

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b, sample.FS)
	}
}

func BenchmarkGroups(b *testing.B) {
	d := load(b, sample.FS)
	b.ReportAllocs()
	for b.Loop() {
		if len(d.Groups(now, now.AddDate(0, 0, 7), directory.GroupQuery{})) != 8 {
			b.Fatal("not the week's groups")
		}
	}
}

func BenchmarkGroupsAfterTenYears(b *testing.B) {
	d := load(b, sample.FS)
	later := now.AddDate(10, 0, 0)
	b.ReportAllocs()
	for b.Loop() {
		if len(d.Groups(later, later.AddDate(0, 0, 7), directory.GroupQuery{})) != 8 {
			b.Fatal("not the week's groups")
		}
	}
}

func BenchmarkFind(b *testing.B) {
	d := load(b, sample.FS)
	b.ReportAllocs()
	for b.Loop() {
		if len(d.Find(directory.Query{Need: "mental-health", Area: "harbour", Language: "ar"})) != 2 {
			b.Fatal("not the two")
		}
	}
}

func BenchmarkLines(b *testing.B) {
	d := load(b, sample.FS)
	b.ReportAllocs()
	for b.Loop() {
		if len(d.Lines("GB", "suicide", now, "ar").Lines) == 0 {
			b.Fatal("nothing")
		}
	}
}

func BenchmarkPlace(b *testing.B) {
	d := load(b, sample.FS)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := d.Place("i live near mill lane"); !ok {
			b.Fatal("not found")
		}
	}
}
