// Answers rtmp-conformance with the AMF0 of github.com/yutopp/go-amf0.
//
//	go build -o /tmp/go-amf0 . && rtmp-conformance codec --filter amf0 /tmp/go-amf0
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
	"strings"
	"time"

	amf0 "github.com/yutopp/go-amf0"
)

type request struct {
	ID     int    `json:"id"`
	Op     string `json:"op"`
	Format string `json:"format"`
	Hex    string `json:"hex"`
	Value  []any  `json:"value"`
}

type answer map[string]any

// unsupported is a form that the library has no value for.
type unsupported struct{ kind any }

func (form unsupported) Error() string { return fmt.Sprint("no value for ", form.kind) }

// toJSON is a decoded value in the forms of the vectors' README. A Go map has no order: entries stand by name.
func toJSON(value any) any {
	switch value := value.(type) {
	case float64:
		return number(value)
	case time.Time:
		return answer{"$": "date", "ms": value.UnixMilli()}
	case amf0.ECMAArray:
		return answer{"$": "ecmaArray", "entries": entries(value)}
	case map[string]any:
		return answer{"$": "object", "entries": entries(value)}
	}
	return value
}

func number(value float64) any {
	switch {
	case math.IsNaN(value):
		return answer{"$": "number", "text": "NaN"}
	case math.IsInf(value, 1):
		return answer{"$": "number", "text": "Infinity"}
	case math.IsInf(value, -1):
		return answer{"$": "number", "text": "-Infinity"}
	case value == 0 && math.Signbit(value):
		return answer{"$": "number", "text": "-0"}
	}
	return value
}

func entries(values map[string]any) []any {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	list := make([]any, 0, len(names))
	for _, name := range names {
		list = append(list, []any{name, toJSON(values[name])})
	}
	return list
}

// fromJSON is the Go value of such a form.
func fromJSON(form any) any {
	switch form := form.(type) {
	case []any:
		list := make([]any, len(form))
		for index, item := range form {
			list[index] = fromJSON(item)
		}
		return list
	case map[string]any:
		return tagged(form)
	}
	return form
}

func tagged(form map[string]any) any {
	switch form["$"] {
	case "number":
		switch form["text"] {
		case "NaN":
			return math.NaN()
		case "Infinity":
			return math.Inf(1)
		case "-Infinity":
			return math.Inf(-1)
		}
		return math.Copysign(0, -1)
	case "repeat":
		return strings.Repeat(form["text"].(string), int(form["times"].(float64)))
	case "date":
		return time.UnixMilli(int64(form["ms"].(float64)))
	case "object", "ecmaArray":
		if _, typed := form["class"]; typed {
			break
		}
		values := map[string]any{}
		for _, entry := range form["entries"].([]any) {
			pair := entry.([]any)
			values[fromJSON(pair[0]).(string)] = fromJSON(pair[1])
		}
		if form["$"] == "ecmaArray" {
			return amf0.ECMAArray(values)
		}
		return values
	}
	panic(unsupported{form["$"]})
}

func decode(text string) (answer, error) {
	data, err := hex.DecodeString(text)
	if err != nil {
		return nil, err
	}
	reader := bytes.NewReader(data)
	decoder := amf0.NewDecoder(reader)
	values := []any{}
	for reader.Len() > 0 {
		var value any
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		values = append(values, toJSON(value))
	}
	return answer{"value": values}, nil
}

func encode(values []any) (answer, error) {
	var written bytes.Buffer
	encoder := amf0.NewEncoder(&written)
	for _, value := range values {
		if err := encoder.Encode(fromJSON(value)); err != nil {
			return nil, err
		}
	}
	return answer{"hex": hex.EncodeToString(written.Bytes())}, nil
}

func reply(asked request) (said answer) {
	defer func() {
		// The library panics where it has nothing yet.
		switch problem := recover().(type) {
		case nil:
		case unsupported:
			said = answer{"unsupported": true}
		default:
			said = answer{"error": fmt.Sprint(problem)}
		}
	}()
	if asked.Format != "amf0" || asked.Op == "recode" {
		return answer{"unsupported": true}
	}
	var err error
	if asked.Op == "decode" {
		said, err = decode(asked.Hex)
	} else {
		said, err = encode(asked.Value)
	}
	if err != nil {
		return answer{"error": err.Error()}
	}
	return said
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var asked request
		if err != nil || json.Unmarshal(line, &asked) != nil {
			os.Exit(1)
		}
		said := reply(asked)
		said["id"] = asked.ID
		if out.Encode(said) != nil {
			os.Exit(1)
		}
	}
}
