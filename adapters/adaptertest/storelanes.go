package adaptertest

import (
	"fmt"
	"slices"
	"testing"

	"porchlight/bot"
)

func lanes(t *testing.T, st *storeTest) {
	var id bot.PersonID
	for i := range 7 {
		st.update(t, st.a, amina, "", func(p *bot.Person) {
			id = p.ID
			for _, lane := range bot.Lanes {
				p.Outbox = append(p.Outbox, say(amina, lane, fmt.Sprintf("%s%d", lane, i)))
			}
		})
	}
	for _, lane := range bot.Lanes {
		var got []string
		var refs []bot.EntryRef
		after := bot.EntryID("")
		for {
			page, err := st.b.Read(st.ctx, id.Partition, lane, after, 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, texts(page)...)
			for _, e := range page {
				refs = append(refs, e.EntryRef)
			}
			after = page[len(page)-1].ID
		}
		want := []string{}
		for i := range 7 {
			want = append(want, fmt.Sprintf("%s%d", lane, i))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s lane in pages: %v", lane, got)
		}
		for _, done := range [][]bot.EntryRef{refs[2:4], refs[2:4], nil} {
			if err := st.a.Done(st.ctx, done); err != nil {
				t.Fatal(err)
			}
		}
		if left := texts(st.read(t, id.Partition, lane)); !slices.Equal(left, slices.Delete(slices.Clone(want), 2, 4)) {
			t.Errorf("%s lane after two are done: %v", lane, left)
		}
	}
}

// lanesTogether compares what is read together with what is read lane by lane.
func lanesTogether(t *testing.T, st *storeTest) {
	var refs []bot.EntryRef
	for i := range 12 {
		from := bot.Address{Channel: "sms", ID: fmt.Sprint(i)}
		var id bot.PersonID
		st.update(t, st.a, from, "", func(p *bot.Person) {
			id = p.ID
			for j := range i % 5 {
				p.Outbox = append(p.Outbox, say(from, bot.Lanes[(i+j)%3], fmt.Sprint(i, " ", j)), say(from, bot.Reply, fmt.Sprint(i, " r", j)))
			}
		})
		for _, e := range st.read(t, id.Partition, bot.Reply) {
			refs = append(refs, e.EntryRef)
		}
	}
	for i, ref := range refs {
		for range i % 3 {
			if _, err := st.a.Tried(st.ctx, ref); err != nil {
				t.Fatal(err)
			}
		}
	}
	var from []bot.Cursor
	for p := range bot.Partition(64) {
		for _, lane := range bot.Lanes {
			from = append(from, bot.Cursor{Partition: p, Lane: lane})
		}
	}
	for _, ref := range refs {
		from = append(from, bot.Cursor{Partition: ref.Partition, Lane: ref.Lane, After: ref.ID})
	}
	for _, n := range []int{1, 2, 100} {
		lanes, err := st.b.ReadLanes(st.ctx, from, n)
		if err != nil || len(lanes) != len(from) {
			t.Fatalf("%d lanes of %d: %v", len(lanes), len(from), err)
		}
		some := 0
		for i, c := range from {
			want, err := st.a.Read(st.ctx, c.Partition, c.Lane, c.After, n)
			if err != nil {
				t.Fatal(err)
			}
			some += len(want)
			if fmt.Sprintf("%+v", lanes[i]) != fmt.Sprintf("%+v", want) {
				t.Errorf("%+v, at most %d: %+v; alone %+v", c, n, lanes[i], want)
			}
		}
		if some == 0 {
			t.Error("nothing was there to read")
		}
	}
	if lanes, err := st.a.ReadLanes(st.ctx, nil, 1); err != nil || len(lanes) > 0 {
		t.Errorf("of no lanes: %v, %v", lanes, err)
	}
	if _, err := st.a.ReadLanes(st.ctx, []bot.Cursor{{Partition: 64}}, 1); err == nil {
		t.Error("there is a partition 64")
	}
}
