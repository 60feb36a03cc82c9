//go:build linux || darwin

// Facts about the package: a real publisher, the documents' examples, what it is made of.

package cco

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is a cco that is built: in CCO_PROGRAMS, or in Cargo's target folder.
func program(t *testing.T) string {
	t.Helper()
	folders := []string{os.Getenv("CCO_PROGRAMS"), repository + "/target/release", repository + "/target/debug"}
	for _, folder := range folders {
		path := filepath.Join(folder, "cco")
		if info, err := os.Stat(path); folder != "" && err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	t.Skip("NOT RUN: cco is not built; set CCO_PROGRAMS to the folder with it")
	return ""
}

func line(t *testing.T, number int) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"type": "assistant", "timestamp": "2026-01-05T10:00:00.000Z", "cwd": "/home/me/work",
		"sessionId": "0189a1f0-5d3e-7c4a-8b21-00000000000a", "requestId": fmt.Sprint("req_", number),
		"message": map[string]any{
			"id": fmt.Sprint("msg_", number), "model": "claude-opus-4-5-20251101", "role": "assistant",
			"stop_reason": "end_turn", "usage": map[string]int{"input_tokens": 1000, "output_tokens": 100},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

func TestAReaderFollowsAPublisherAndSeesItStop(t *testing.T) {
	cco, home := program(t), t.TempDir()
	transcript := home + "/claude/projects/-home-me-work/0189a1f0-5d3e-7c4a-8b21-00000000000a.jsonl"
	if err := os.MkdirAll(filepath.Dir(transcript), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(transcript, []byte(line(t, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	path := home + "/state/usage.snapshot"
	publisher := exec.Command(cco, "publish", "--root", home+"/claude")
	publisher.Env = []string{"HOME=" + home, "CCO_SNAPSHOT=" + path, "PATH=" + os.Getenv("PATH")}
	for _, name := range []string{"STATE", "CONFIG", "CACHE"} {
		publisher.Env = append(publisher.Env, "XDG_"+name+"_HOME="+home+"/"+name)
	}
	if err := publisher.Start(); err != nil {
		t.Fatal(err)
	}
	defer publisher.Process.Kill() // does nothing once it has ended
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if _, err := os.Stat(path); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	reader := opened(t, path)
	totals, err := reader.Totals()
	for err == nil && !totals.Complete {
		totals, err = reader.Wait(ctx)
	}
	if err != nil || totals.AllTime.Requests != 1 || totals.AllTime.Tokens() != 1100 || totals.AllTime.Cost.Lo == 0 {
		t.Fatal(totals, err)
	}
	if reader.needsSums {
		t.Fatal("a file of this boot needs no sums")
	}
	if freshness, err := reader.Freshness(); err != nil || !freshness.IsLive() {
		t.Fatal(freshness, err)
	}
	appended, err := os.OpenFile(transcript, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer appended.Close()
	if _, err := appended.WriteString(line(t, 2)); err != nil {
		t.Fatal(err)
	}
	if totals, err = reader.Wait(ctx); err != nil || totals.AllTime.Requests != 2 {
		t.Fatal(totals, err)
	}
	if err := publisher.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := publisher.Wait(); err != nil {
		t.Fatal(err)
	}
	if freshness, err := reader.Freshness(); err != nil || freshness.Publisher != Stopped {
		t.Fatal(freshness, err)
	}
	if frame, err := reader.Frame(); err != nil || frame.Models[0].Name != "claude-opus-4-5-20251101" {
		t.Fatal(frame, err)
	}
}

func TestTheExamplesInTheDocumentsRun(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range []string{"README.md", repository + "/docs/embedding.md"} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		examples := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1)
		if len(examples) == 0 {
			t.Fatal("no example in ", document)
		}
		for _, example := range examples {
			home := t.TempDir()
			if err := os.MkdirAll(home+"/.local/state/cco", 0o700); err != nil {
				t.Fatal(err)
			}
			golden(t).save(t, home+"/.local/state/cco/usage.snapshot")
			source := example[1]
			if !strings.Contains(source, "package main") {
				source = "package main\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"log\"\n\n\t\"cco.local/cco\"\n)\n\nvar ctx, stop = " +
					"context.WithCancel(context.Background())\n\nfunc main() {\n" + source + "}\n"
			}
			module := "module example\n\ngo 1.19\n\nrequire cco.local/cco v0.0.0\n\nreplace cco.local/cco => " + here + "\n"
			for name, content := range map[string]string{"go.mod": module, "main.go": source} {
				if err := os.WriteFile(filepath.Join(home, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			run := exec.Command("go", "run", ".")
			run.Dir = home
			run.Env = append(os.Environ(), "HOME="+home, "GOCACHE="+strings.TrimSpace(string(cache)), "GOPROXY=off",
				"GOFLAGS=", "XDG_STATE_HOME=", "CCO_STATE=", "CCO_SNAPSHOT=")
			shown, err := run.CombinedOutput()
			if err != nil || !strings.Contains(string(shown), "18631211514.45 USD") {
				t.Fatalf("%s: %v\n%s\n%s", document, err, shown, source)
			}
		}
	}
}

func TestThePackageIsSmallAndNeedsOnlyTheStandardLibrary(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	lines, nothing := 0, regexp.MustCompile(`^\s*(//.*)?$`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		if strings.Contains(string(text), `import "C"`) {
			t.Error(file, " needs cgo")
		}
		for _, line := range strings.Split(string(text), "\n") {
			// Blank lines and comments are not counted.
			if !nothing.MatchString(line) {
				lines++
			}
		}
	}
	if lines == 0 || lines >= 600 {
		t.Error(lines, " lines")
	}
	listed, err := exec.Command("go", "list", "-m", "all").Output()
	if err != nil || strings.TrimSpace(string(listed)) != "cco.local/cco" {
		t.Error(string(listed), err)
	}
}
