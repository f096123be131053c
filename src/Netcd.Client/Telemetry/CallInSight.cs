using System.Diagnostics;

namespace Netcd.Client.Telemetry;

/// <summary>A call while it goes on, as far as anybody looks.</summary>
/// <param name="operation">Its name.</param>
/// <param name="span">Its span, or null.</param>
/// <param name="start">When it began, or 0 where nobody measures.</param>
internal readonly struct CallInSight(string operation, Activity? span, long start)
{
    /// <summary>It was answered.</summary>
    /// <param name="server">Who answered.</param>
    public void Succeed(Uri server) => End(server, null, null);

    /// <summary>It failed for good.</summary>
    /// <param name="server">Who was called last.</param>
    /// <param name="failure">The failure.</param>
    public void Fail(Uri server, Exception failure) =>
        End(server, failure is EtcdException known ? known.Code.ToString() : failure.GetType().FullName, failure.Message);

    private void End(Uri server, string? error, string? message)
    {
        if (span is not null)
        {
            span.SetTag("server.address", server.Host);
            span.SetTag("server.port", server.Port);
            if (error is not null)
            {
                span.SetTag("error.type", error);
                span.SetStatus(ActivityStatusCode.Error, message);
            }

            span.Dispose();
        }

        if (start != 0)
        {
            ClientTelemetry.Measure(operation, start, error);
        }
    }
}
