package simulator

import (
	"embed"
	"html/template"
	"net/http"
)

//go:embed page
var pageFiles embed.FS

// routePage serves the page and its two files. All of its texts are in
// page/index.html.
func (s *Simulator) routePage(mux *http.ServeMux) {
	page := template.Must(template.ParseFS(pageFiles, "page/index.html"))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, nil); err != nil {
			s.log.Warn("the page was not written", "err", err)
		}
	})
	for path, file := range map[string]string{
		"GET /sim/page.js": "page/page.js", "GET /sim/page.css": "page/page.css", "GET /sim/icon.svg": "page/icon.svg",
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, pageFiles, file)
		})
	}
}

// secured allows the page its own files and nothing else: no inline script or
// style, no other site, no frame around it.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
			"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
