// external-metrics serves the gauges of one Prometheus endpoint as external metrics, as prometheus-adapter does with
// what a Prometheus has scraped: a metric keeps its name and labels, and belongs to the namespace of that label.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/klog/v2"
	"k8s.io/metrics/pkg/apis/external_metrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/cmd"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
)

type endpoint struct{ url string }

func (e endpoint) ListAllExternalMetrics() []provider.ExternalMetricInfo {
	return []provider.ExternalMetricInfo{{Metric: "any"}}
}

func (e endpoint) GetExternalMetric(ctx context.Context, namespace string, selector labels.Selector, info provider.ExternalMetricInfo) (*external_metrics.ExternalMetricValueList, error) {
	families, err := e.scrape(ctx)
	if err != nil {
		return nil, err
	}
	found := &external_metrics.ExternalMetricValueList{}
	for _, metric := range families[info.Metric].GetMetric() {
		set := labels.Set{}
		for _, pair := range metric.GetLabel() {
			set[pair.GetName()] = pair.GetValue()
		}
		if set["namespace"] == namespace && selector.Matches(set) {
			found.Items = append(found.Items, external_metrics.ExternalMetricValue{
				MetricName:   info.Metric,
				MetricLabels: set,
				Timestamp:    metav1.Now(),
				Value:        *resource.NewMilliQuantity(int64(1000*metric.GetGauge().GetValue()), resource.DecimalSI),
			})
		}
	}
	return found, nil
}

func (e endpoint) scrape(ctx context.Context) (map[string]*dto.MetricFamily, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", e.url, answer.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(answer.Body)
}

func main() {
	adapter := cmd.AdapterBase{Name: "external-metrics"}
	url := adapter.Flags().String("url", "", "where the gauges are, such as http://operator:8080/metrics")
	if err := adapter.Flags().Parse(os.Args[1:]); err != nil {
		klog.Fatal(err)
	}
	adapter.WithExternalMetrics(endpoint{*url})
	if err := adapter.Run(context.Background()); err != nil {
		klog.Fatal(err)
	}
}
