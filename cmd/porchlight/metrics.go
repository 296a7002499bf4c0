package main

import (
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts for Prometheus. It is a bot.Meter.
type metrics struct {
	registry *prometheus.Registry
	counters sync.Map // name to *prometheus.CounterVec
	timings  sync.Map // name to *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Count adds one to a counter. labels are pairs of name and value.
func (m *metrics) Count(name string, labels ...string) {
	names, values := pairs(labels)
	found, ok := m.counters.Load(name)
	if !ok {
		vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name}, names)
		var loaded bool
		if found, loaded = m.counters.LoadOrStore(name, vec); !loaded {
			m.registry.MustRegister(vec)
		}
	}
	found.(*prometheus.CounterVec).WithLabelValues(values...).Inc()
}

// Observe adds a duration in seconds to a histogram.
func (m *metrics) Observe(name string, seconds float64, labels ...string) {
	names, values := pairs(labels)
	found, ok := m.timings.Load(name)
	if !ok {
		vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 14)}, names)
		var loaded bool
		if found, loaded = m.timings.LoadOrStore(name, vec); !loaded {
			m.registry.MustRegister(vec)
		}
	}
	found.(*prometheus.HistogramVec).WithLabelValues(values...).Observe(seconds)
}

func pairs(labels []string) (names, values []string) {
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	return names, values
}
