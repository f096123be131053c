using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Netcd.Client;

namespace Netcd.Tools.Ctl.Hints;

/// <summary>Looks at an endpoint that could not be called: who listens there, and what is spoken.</summary>
/// <param name="endpoint">The endpoint.</param>
/// <param name="tls">How TLS is spoken; null where the endpoint alone says whether it is.</param>
/// <param name="patience">How long it may take.</param>
internal sealed class EndpointLook(Uri endpoint, EtcdTlsOptions? tls, TimeSpan patience)
{
    private const byte TlsAlert = 21;
    private const byte SettingsFrame = 4;
    private const int FrameTypeAt = 3;

    /// <summary>The begin of HTTP/2: its preface, and a frame of settings without any.</summary>
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"u8;

    /// <summary>Looks.</summary>
    public async Task<EndpointReport> RunAsync()
    {
        using CancellationTokenSource limit = new(patience);
        try
        {
            return endpoint.Scheme == Uri.UriSchemeHttps
                ? await SecureAsync(limit.Token).ConfigureAwait(false)
                : await PlainAsync(limit.Token).ConfigureAwait(false);
        }
        catch (SocketException failure)
        {
            return new EndpointReport(failure.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => EndpointFinding.UnknownName,
                SocketError.ConnectionRefused => EndpointFinding.Refused,
                _ => EndpointFinding.Silent,
            });
        }
        catch (OperationCanceledException)
        {
            return new EndpointReport(EndpointFinding.Silent);
        }
        catch (IOException)
        {
            return new EndpointReport(EndpointFinding.Foreign);
        }
    }

    private async Task<EndpointReport> PlainAsync(CancellationToken cancel)
    {
        byte[] answer = await AskPlainAsync(cancel).ConfigureAwait(false);
        if (IsHttp2(answer))
        {
            return new EndpointReport(EndpointFinding.Nothing);
        }

        if (answer is [TlsAlert, ..] || await SpeaksTlsAsync(cancel).ConfigureAwait(false))
        {
            return new EndpointReport(EndpointFinding.WantsTls);
        }

        return new EndpointReport(IsHttp1(answer) ? EndpointFinding.WebServer : EndpointFinding.Foreign);
    }

    private async Task<EndpointReport> SecureAsync(CancellationToken cancel)
    {
        CertificateCheck check = new(endpoint.IdnHost);
        try
        {
            using TlsFiles files = TlsFiles.Read(tls);
            SslStream stream = await HandshakeAsync(files.Options(endpoint.IdnHost, check.Note), cancel).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                if (tls is not { SkipVerify: true } && check.Report is { } fault)
                {
                    return fault;
                }

                if (stream.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
                {
                    return new EndpointReport(EndpointFinding.HasNoHttp2);
                }

                // With TLS 1.3 a server looks at our certificate after we are done.
                return IsHttp2(await AskAsync(stream, cancel).ConfigureAwait(false))
                    ? new EndpointReport(EndpointFinding.Nothing)
                    : new EndpointReport(EndpointFinding.WantsCertificate);
            }
        }
        catch (TlsFileException unusable)
        {
            return new EndpointReport(EndpointFinding.Unusable, unusable.Message);
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException)
        {
            return await AfterHandshakeAsync(check, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Why there was no TLS, or it was ended.</summary>
    private async Task<EndpointReport> AfterHandshakeAsync(CertificateCheck check, CancellationToken cancel)
    {
        if (tls is not { SkipVerify: true } && check.Report is { } fault)
        {
            return fault;
        }

        if (check.IsSeen)
        {
            return new EndpointReport(EndpointFinding.WantsCertificate);
        }

        byte[] answer = await AskPlainAsync(cancel).ConfigureAwait(false);
        return new EndpointReport(
            IsHttp2(answer) ? EndpointFinding.HasNoTls : IsHttp1(answer) ? EndpointFinding.WebServer : EndpointFinding.Foreign);
    }

    private async Task<bool> SpeaksTlsAsync(CancellationToken cancel)
    {
        CertificateCheck check = new(endpoint.IdnHost);
        try
        {
            SslClientAuthenticationOptions options = new()
            {
                TargetHost = endpoint.IdnHost,
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => check.Note(certificate, chain, errors),
            };
            SslStream stream = await HandshakeAsync(options, cancel).ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException)
        {
            // Whether there was a certificate is all that is asked.
        }

        return check.IsSeen;
    }

    private async Task<SslStream> HandshakeAsync(SslClientAuthenticationOptions options, CancellationToken cancel)
    {
        SslStream stream = new(await ConnectAsync(cancel).ConfigureAwait(false));
        try
        {
            await stream.AuthenticateAsClientAsync(options, cancel).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<NetworkStream> ConnectAsync(CancellationToken cancel)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint.IdnHost, endpoint.Port, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<byte[]> AskPlainAsync(CancellationToken cancel)
    {
        NetworkStream stream = await ConnectAsync(cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            return await AskAsync(stream, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Begins HTTP/2, and gives the first bytes of the answer; none where the connection was closed.</summary>
    private static async Task<byte[]> AskAsync(Stream stream, CancellationToken cancel)
    {
        byte[] answer = new byte[9];
        int length = 0;
        try
        {
            await stream.WriteAsync(Preface.ToArray(), cancel).ConfigureAwait(false);
            length = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Closed: that is an answer too.
        }

        return answer[..length];
    }

    private static bool IsHttp2(byte[] answer) => answer.Length > FrameTypeAt && answer[0] == 0 && answer[FrameTypeAt] == SettingsFrame;

    private static bool IsHttp1(byte[] answer) => answer.AsSpan().StartsWith("HTTP/"u8) || answer.AsSpan().StartsWith("<"u8);
}
