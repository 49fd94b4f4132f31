// The pages of the benchmark `apps` in plain Go, to compare with.
package main

import (
	"database/sql"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"log"
	"net"
	"net/http"
	"os"

	_ "modernc.org/sqlite"
)

//go:embed table.html
var table string

//go:embed query.html
var query string

type page map[string]any

func main() {
	log.SetFlags(0)
	db := store(os.Args[1])
	rows := make([]map[string]any, 1000)
	for i := range rows {
		rows[i] = map[string]any{"id": i, "name": fmt.Sprintf("row <%d>", i), "size": i * 7, "tags": []string{"a", "b"}}
	}
	tablePage := template.Must(template.New("table").Parse(table))
	queryPage := template.Must(template.New("query").Parse(query))
	http.HandleFunc("/json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		value := page{"name": "x", "values": []int{1, 2, 3}, "nested": page{"a": true}}
		if err := json.NewEncoder(w).Encode(value); err != nil {
			log.Print(err)
		}
	})
	http.HandleFunc("/table", func(w http.ResponseWriter, r *http.Request) {
		render(w, tablePage, rows)
	})
	http.HandleFunc("/query", func(w http.ResponseWriter, r *http.Request) {
		found, err := selected(db)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		render(w, queryPage, found)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening at http://%s", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}

func render(w http.ResponseWriter, t *template.Template, rows any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := t.Execute(w, page{"Data": page{"Rows": rows}}); err != nil {
		log.Print(err)
	}
}

// store keeps documents as the gateway does: one JSON column and an index over a field of it.
func store(path string) *sql.DB {
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(WAL)")
	if err != nil {
		log.Fatal(err)
	}
	statements := []string{
		`CREATE TABLE item (_id INTEGER PRIMARY KEY, _json JSON)`,
		`CREATE INDEX item_size ON item (_json ->> 'size')`,
	}
	for i := range 200 {
		statements = append(statements, fmt.Sprintf(`INSERT INTO item (_json) VALUES ('{"name": "item %d", "size": %d}')`, i, i%10))
	}
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			log.Fatal(err)
		}
	}
	return db
}

func selected(db *sql.DB) ([]map[string]any, error) {
	rows, err := db.Query(`SELECT _json FROM item WHERE _json ->> 'size' = ? ORDER BY _json ->> 'name' LIMIT 20`, 3)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []map[string]any
	for rows.Next() {
		var text string
		document := map[string]any{}
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			return nil, err
		}
		found = append(found, document)
	}
	return found, rows.Err()
}
