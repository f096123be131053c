using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace Netcd.Server.Tracing;

/// <summary>Sends spans by OTLP, and says once when that begins to fail and once when it works again.</summary>
/// <param name="options">Where to.</param>
/// <param name="log">Where it says so.</param>
internal sealed class ReportingExporter(OtlpExporterOptions options, ILogger log) : OtlpTraceExporter(options)
{
    private readonly string address = options.Endpoint.Authority;
    private bool isFailing;

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Activity> activityBatch)
    {
        ExportResult result = base.Export(activityBatch);
        bool fails = result != ExportResult.Success;
        if (fails && !isFailing)
        {
            log.FailedToExportTraces(address);
        }
        else if (!fails && isFailing)
        {
            log.ExportingTracesAgain(address);
        }

        isFailing = fails;
        return result;
    }
}
