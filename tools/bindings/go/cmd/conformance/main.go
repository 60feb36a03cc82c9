//go:build linux || darwin

// Answers the questions of tools/vectors, a line of JSON for each: what a file says, a live run, what a read costs.
// Invariant: every answer goes through the package as its users call it; only clock and lock are given where the question
// gives them.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"
	"time"
	"unicode"

	"cco.local/cco"
)

type question struct {
	Do            string `json:"do"`
	Path          string `json:"path"`
	NowMs         int64  `json:"now_ms"`
	Held          bool   `json:"held"`
	Reads, Frames int
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for lines.Scan() {
		var asked question
		check(json.Unmarshal(lines.Bytes(), &asked))
		var answer any
		switch asked.Do {
		case "read":
			answer = read(asked)
		case "live":
			answer = live(asked)
		default:
			answer = cost(asked)
		}
		check(answers.Encode(answer))
	}
	check(lines.Err())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

type object = map[string]any

func read(asked question) object {
	answer, err := snapshot(asked)
	var known *cco.Error
	if errors.As(err, &known) {
		return object{"error": known.Code}
	}
	check(err)
	return object{"snapshot": answer}
}

func snapshot(asked question) (object, error) {
	reader, err := cco.Open(asked.Path)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	frame, err := reader.Frame()
	if err != nil {
		return nil, err
	}
	health, err := reader.Health()
	if err != nil {
		return nil, err
	}
	freshness, err := reader.Freshness()
	if err != nil {
		return nil, err
	}
	t := frame.Totals
	slot := plain(reflect.ValueOf(t)).(object)
	slot["totals"], slot["scan_state"] = slot["all_time"], 0
	if t.Complete {
		slot["scan_state"] = 1
	}
	delete(slot, "all_time")
	delete(slot, "complete")
	id := reader.Identity()
	page := plain(reflect.ValueOf(id)).(object)
	delete(page, "major")
	delete(page, "minor")
	delete(page, "boot_i_d")
	page["version"] = fmt.Sprintf("%d.%d", id.Major, id.Minor)
	page["boot_id"] = nil
	if id.BootID != [2]uint64{} {
		h := fmt.Sprintf("%016x%016x", id.BootID[0], id.BootID[1])
		page["boot_id"] = strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
	}
	over := object{
		"today": t.Today.IsOver(asked.NowMs), "this_week": t.ThisWeek.IsOver(asked.NowMs),
		"this_month": t.ThisMonth.IsOver(asked.NowMs), "block": nil,
	}
	if t.Block.End != 0 {
		over["block"] = t.Block.IsOver(asked.NowMs)
	}
	answer := plain(reflect.ValueOf(frame)).(object)
	delete(answer, "totals")
	answer["page"], answer["slot"], answer["over"], answer["health"] = page, slot, over, nil
	if health != nil {
		answer["health"] = plain(reflect.ValueOf(*health))
	}
	answer["superseded"], answer["state"] = 0, 1
	if freshness.IsSuperseded {
		answer["superseded"] = 1
	}
	if freshness.IsStopped {
		answer["state"] = 2
	}
	isHeld := func() bool { return asked.Held }
	answer["freshness"], answer["heartbeat_age_ms"] =
		cco.Judge(freshness.IsStopped, asked.NowMs, freshness.HeartbeatAt, isHeld)
	return answer, nil
}

// plain is a value with its fields by the names that they have in the layout.
func plain(value reflect.Value) any {
	if money, is := value.Interface().(cco.Picodollars); is {
		return money.Big()
	}
	switch value.Kind() {
	case reflect.Struct:
		fields := object{}
		for i := 0; i < value.NumField(); i++ {
			if field := value.Type().Field(i); field.IsExported() {
				fields[snake(field.Name)] = plain(value.Field(i))
			}
		}
		return fields
	case reflect.Slice, reflect.Array:
		items := make([]any, value.Len())
		for i := range items {
			items[i] = plain(value.Index(i))
		}
		return items
	}
	return value.Interface()
}

// snake spells CacheWrite5mTokens as cache_write_5m_tokens.
func snake(name string) string {
	var text strings.Builder
	for i, letter := range name {
		if i > 0 && (unicode.IsUpper(letter) || unicode.IsDigit(letter)) {
			text.WriteByte('_')
		}
		text.WriteRune(unicode.ToLower(letter))
	}
	return text.String()
}

const busyMost = 10 * time.Second

func live(asked question) object {
	var reads, frames, torn, backwards, busy, mostTries int
	type commit struct{ epoch, generation uint64 }
	seen := map[commit]bool{}
	files := 0
	var highest commit
	var reader *cco.Reader
	var busySince time.Time
	var spent time.Duration
	var identity cco.Identity
	for reads < asked.Reads || frames < asked.Frames {
		// Frames are spread among the reads.
		wantsFrame := frames < asked.Frames && (reads >= asked.Reads || frames*asked.Reads < reads*asked.Frames)
		var totals cco.Totals
		var frame cco.Frame
		var err error
		if reader == nil {
			reader, err = cco.Open(asked.Path)
		}
		if err == nil {
			began := time.Now()
			if wantsFrame {
				frame, err = reader.Frame()
				totals = frame.Totals
			} else if totals, err = reader.Totals(); err == nil {
				spent += time.Since(began)
			}
		}
		if errors.Is(err, cco.Busy) || errors.Is(err, cco.Missing) {
			busy++
			if busySince.IsZero() {
				busySince = time.Now()
			}
			if time.Since(busySince) > busyMost {
				check(err)
			}
			time.Sleep(time.Millisecond)
			continue
		}
		check(err)
		busySince = time.Time{}
		if wantsFrame {
			frames++
		} else {
			reads++
		}
		if !obeys(totals, frame, wantsFrame) {
			torn++
		}
		if reader.Tries > mostTries {
			mostTries = reader.Tries
		}
		now := commit{reader.Identity().Epoch, totals.Generation}
		if now.epoch == highest.epoch && now.generation < highest.generation {
			backwards++
		}
		highest = now
		seen[now] = true
		if reader.Identity() != identity {
			identity = reader.Identity()
			files++
		}
		// Nobody has marked a file whose publisher was killed.
		if (reads+frames)%256 == 0 {
			_, err = reader.Refresh()
			check(err)
		}
	}
	each := int64(0)
	if reads > 0 {
		each = spent.Nanoseconds() / int64(reads)
	}
	return object{
		"reads": reads, "frames": frames, "torn": torn, "backwards": backwards, "busy": busy, "most_tries": mostTries,
		"generations": len(seen), "files": files, "ns_per_read": each,
	}
}

// obeys says whether one commit's figures obey the live writer's rule.
func obeys(t cco.Totals, f cco.Frame, hasFrame bool) bool {
	r := t.AllTime.Requests
	if t.PublishedAt != 1_700_000_000_000+int64(t.Generation) || !obey(t.AllTime, r) {
		return false
	}
	for _, period := range []cco.Period{t.Today, t.ThisWeek, t.ThisMonth, t.Block} {
		if period.End != 0 && !obey(period.Counters, r) {
			return false
		}
	}
	if !hasFrame {
		return true
	}
	for _, past := range f.History {
		if !obey(past.Counters, past.Counters.Requests) {
			return false
		}
	}
	tables := reflect.ValueOf(f)
	for _, name := range []string{"Models", "Projects", "Sessions", "Days", "Hours", "Agents"} {
		rows := tables.FieldByName(name)
		for i := 0; i < rows.Len(); i++ {
			if !obey(rows.Index(i).FieldByName("Counters").Interface().(cco.Counters), r) {
				return false
			}
		}
	}
	return true
}

func obey(c cco.Counters, r uint64) bool {
	cost := cco.Picodollars{Hi: 19 * r >> 24, Lo: 19 * r << 40}
	return c == cco.Counters{
		Requests: r, Messages: r + 1, InputTokens: 2 * r, OutputTokens: 3 * r, CacheWrite5mTokens: 5 * r,
		CacheWrite1hTokens: 7 * r, CacheReadTokens: 11 * r, WebSearchRequests: 13 * r, UnpricedTokens: 17 * r, Cost: cost,
		ThinkingTokens: r, WebFetchRequests: 23 * r, ProvisionalMessages: 29 * r, ProvisionalOutputTokens: 31 * r,
	}
}

func cost(asked question) object {
	reader, err := cco.Open(asked.Path)
	check(err)
	defer reader.Close()
	median := func(read func() error) int64 {
		batch := asked.Reads/15 + 1
		each := make([]int64, 15)
		for i := range each {
			began := time.Now()
			for j := 0; j < batch; j++ {
				check(read())
			}
			each[i] = time.Since(began).Nanoseconds() / int64(batch)
		}
		sort.Slice(each, func(i, j int) bool { return each[i] < each[j] })
		return each[len(each)/2]
	}
	return object{
		"ns_per_totals": median(func() error { _, err := reader.Totals(); return err }),
		"ns_per_today":  median(func() error { _, err := reader.Counters(cco.Today); return err }),
	}
}
