using System.Net;
using System.Net.Sockets;

namespace Netcd.Interop.Transport;

/// <summary>A call that its client gives up: by resetting the stream, or by letting go of the connection that it is on.</summary>
internal sealed class HungUpCall : IDisposable
{
    private readonly HttpClient client;
    private readonly HttpRequestMessage request;
    private Socket? socket;

    public HungUpCall(Uri server, string path, byte[] sent, bool ends)
    {
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (context, cancellation) =>
            {
                socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
#pragma warning disable CA5359 // Whose certificate it is, is not what is tested.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        client = new HttpClient(handler);
        request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new Begun(sent, ends),
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
    }

    public async Task RunAsync(TimeSpan patience, bool isConnection)
    {
        using CancellationTokenSource giveUp = new();
        Task answering = AnswerAsync(giveUp.Token);
        await Task.WhenAny(((Begun)request.Content!).Sent, answering);
        await Task.Delay(patience);
        if (isConnection)
        {
            socket!.LingerState = new LingerOption(true, 0);
            socket.Close();
        }

        await giveUp.CancelAsync();
        await answering;
    }

    public void Dispose()
    {
        request.Dispose();
        client.Dispose();
    }

    private async Task AnswerAsync(CancellationToken giveUp)
    {
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, giveUp);
            await response.Content.CopyToAsync(Stream.Null, giveUp);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It hung up.
        }
    }

    private sealed class Begun(byte[] bytes, bool ends) : HttpContent
    {
        private readonly TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when all is sent that will be.</summary>
        public Task Sent => sent.Task;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(bytes, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            sent.TrySetResult();
            await Task.Delay(ends ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, cancellationToken);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
