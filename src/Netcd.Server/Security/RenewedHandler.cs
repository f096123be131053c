using System.Net.Sockets;

namespace Netcd.Server.Security;

/// <summary>
/// Sends requests by connections that were made with the certificates of now. A handler of .NET keeps those that it began with; this one
/// takes a new one when they have changed. Connections in use live on as long as what they are used for.
/// </summary>
/// <param name="make">Makes a handler.</param>
/// <param name="version">What it is made of, to be compared.</param>
internal sealed class RenewedHandler(Func<HttpMessageHandler> make, Func<object> version) : HttpMessageHandler
{
    /// <summary>Between two looks at the files.</summary>
    private const long CheckMilliseconds = 1_000;

    private readonly Lock gate = new();
    private Generation? current;
    private long checkedAt;
    private bool isDisposed;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Generation used = Enter();
        try
        {
            return await used.Invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException failure)
        {
            // .NET looks up the other end of a connection that it has just made, and throws this as it is where that has closed it already.
            throw new HttpRequestException(HttpRequestError.ConnectionError, failure.Message, failure);
        }
        finally
        {
            Leave(used);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (gate)
        {
            isDisposed = true;
            current?.Invoker.Dispose();
            current = null;
        }

        base.Dispose(disposing);
    }

    private Generation Enter()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            long now = Environment.TickCount64;
            if (current is null || now - checkedAt >= CheckMilliseconds)
            {
                checkedAt = now;
                Renew(version());
            }

            current!.Users++;
            return current;
        }
    }

    private void Renew(object made)
    {
        if (current is not null && current.Version.Equals(made))
        {
            return;
        }

        Generation? former = current;
        current = new Generation(made, new HttpMessageInvoker(make()));
        if (former is { Users: 0 })
        {
            former.Invoker.Dispose();
        }
    }

    /// <summary>The last one that leaves a former handler ends it: its idle connections close, those in use when they are done.</summary>
    private void Leave(Generation used)
    {
        lock (gate)
        {
            used.Users--;
            if (used != current && used.Users == 0)
            {
                used.Invoker.Dispose();
            }
        }
    }

    private sealed class Generation(object version, HttpMessageInvoker invoker)
    {
        public object Version { get; } = version;

        public HttpMessageInvoker Invoker { get; } = invoker;

        public int Users { get; set; }
    }
}
