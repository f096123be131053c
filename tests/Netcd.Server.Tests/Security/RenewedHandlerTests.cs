using System.Net.Sockets;
using Netcd.Server.Security;

namespace Netcd.Server.Tests.Security;

public sealed class RenewedHandlerTests
{
    /// <summary>A connection that its other end closes at once makes .NET throw it; whoever asks a peer expects failures of HTTP.</summary>
    [Fact]
    public async Task An_error_of_a_socket_is_one_of_the_request()
    {
        SocketException ofTheSocket = new((int)SocketError.NotConnected);
        using RenewedHandler handler = new(() => new Failing(ofTheSocket), static () => "same");
        using HttpMessageInvoker invoker = new(handler);
        using HttpRequestMessage request = new(HttpMethod.Get, "http://127.0.0.1:1/");
        HttpRequestException failure = await Assert.ThrowsAsync<HttpRequestException>(
            () => invoker.SendAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
        Assert.Same(ofTheSocket, failure.InnerException);
    }

    private sealed class Failing(Exception failure) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(failure);
    }
}
