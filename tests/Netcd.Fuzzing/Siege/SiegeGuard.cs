using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Net.Client;
using Netcd.Protocol.V3;
using Netcd.Testing.Security;

namespace Netcd.Fuzzing.Siege;

/// <summary>
/// How the cluster under siege is guarded: by TLS between all, by users and roles, by both or not at all. Attackers have what the worst of
/// them would have: a certificate of the cluster's own authority, and root's token.
/// </summary>
internal sealed class SiegeGuard : IDisposable
{
    /// <summary>Who the well-behaved clients are.</summary>
    public const string GoodUser = "good";

    private const string Password = "a password of the siege";
    private readonly TestAuthority? authority;
    private readonly (string Certificate, string Key) files;
    private readonly bool hasUsers;

    private SiegeGuard(TestAuthority? authority, bool hasUsers)
    {
        (this.authority, this.hasUsers) = (authority, hasUsers);
        files = authority?.Sign("member") ?? default;
    }

    /// <summary>What URLs begin with.</summary>
    public string Scheme => authority is null ? "http" : "https";

    /// <summary>The file of the authority's certificate; empty without TLS.</summary>
    public string AuthorityFile => authority?.File ?? "";

    /// <summary>Whether there are users to log in as.</summary>
    public bool HasUsers => hasUsers;

    /// <summary>The token of the attackers, when the users are made; empty where there are none.</summary>
    public string AttackerToken { get; private set; } = "";

    /// <summary>The token of the well-behaved clients.</summary>
    public string GoodToken { get; private set; } = "";

    /// <summary>Flags of a member. A token lives on while the siege does not use it at some member.</summary>
    public IEnumerable<string> Arguments => (authority is null ? [] : (string[])
    [
        "--cert-file", files.Certificate, "--key-file", files.Key, "--peer-cert-file", files.Certificate, "--peer-key-file", files.Key,
        "--peer-trusted-ca-file", authority.File,
    ]).Concat(hasUsers ? ["--auth-token-ttl", "86400"] : []);

    /// <summary>Makes what it needs.</summary>
    /// <param name="hasTls">Whether members speak TLS.</param>
    /// <param name="hasUsers">Whether there are users.</param>
    /// <param name="folder">Where certificates lie.</param>
    public static SiegeGuard Create(bool hasTls, bool hasUsers, string folder) =>
        new(hasTls ? new TestAuthority(folder, "siege") : null, hasUsers);

    /// <summary>A channel over TLS where there is an authority, and with a token where there is one.</summary>
    public static GrpcChannel Connect(string address, string authorityFile, string token)
    {
        SocketsHttpHandler handler = new()
        {
            EnableMultipleHttp2Connections = true,
            SslOptions = TestAuthority.ClientOptions(authorityFile),
        };
        return GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            MaxReceiveMessageSize = 64 << 20,
            HttpHandler = token.Length > 0 ? new TokenHandler(handler, token) : handler,
            DisposeHttpClient = true,
        });
    }

    /// <summary>Puts TLS around a connection, where the cluster speaks it.</summary>
    public async Task<Stream> SecureAsync(NetworkStream network, CancellationToken end)
    {
        if (authority is null)
        {
            return network;
        }

        SslStream stream = new(network);
        await stream.AuthenticateAsClientAsync(OwnOptions(), end).ConfigureAwait(false);
        return stream;
    }

    /// <summary>A client of HTTP/1.1 with the certificate.</summary>
    public HttpClient HttpClient() => new(new SocketsHttpHandler { SslOptions = OwnOptions() });

    /// <summary>Makes the users, switches them on, and logs in.</summary>
    public async Task MakeUsersAsync(SiegeMember member)
    {
        if (!hasUsers)
        {
            return;
        }

        Auth.AuthClient auth = new(member.Channel);
        await auth.UserAddAsync(new AuthUserAddRequest { Name = "root", Password = Password }).ConfigureAwait(false);
        await auth.RoleAddAsync(new AuthRoleAddRequest { Name = "root" }).ConfigureAwait(false);
        await auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = "root", Role = "root" }).ConfigureAwait(false);
        await auth.UserAddAsync(new AuthUserAddRequest { Name = GoodUser, Password = Password }).ConfigureAwait(false);
        await auth.RoleAddAsync(new AuthRoleAddRequest { Name = "own-keys" }).ConfigureAwait(false);
        Permission own = new()
        {
            PermType = Permission.Types.Type.Readwrite,
            Key = ByteString.CopyFromUtf8("good/"),
            RangeEnd = ByteString.CopyFromUtf8("good0"),
        };
        await auth.RoleGrantPermissionAsync(new AuthRoleGrantPermissionRequest { Name = "own-keys", Perm = own }).ConfigureAwait(false);
        await auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = GoodUser, Role = "own-keys" }).ConfigureAwait(false);
        await auth.AuthEnableAsync(new AuthEnableRequest()).ConfigureAwait(false);
        AttackerToken = await LogInAsync(auth, "root", Password).ConfigureAwait(false);
        GoodToken = await LogInAsync(auth, GoodUser, Password).ConfigureAwait(false);
    }

    /// <summary>Logs in with the password, or with one that is wrong.</summary>
    public static async Task LogInAsync(Auth.AuthClient auth, bool isRight, CancellationToken end) =>
        await auth.AuthenticateAsync(
            new AuthenticateRequest { Name = GoodUser, Password = isRight ? Password : "a wrong one" }, cancellationToken: end)
            .ConfigureAwait(false);

    public void Dispose() => authority?.Dispose();

    private static async Task<string> LogInAsync(Auth.AuthClient auth, string user, string password) =>
        (await auth.AuthenticateAsync(new AuthenticateRequest { Name = user, Password = password }).ConfigureAwait(false)).Token;

    private SslClientAuthenticationOptions OwnOptions()
    {
        SslClientAuthenticationOptions options = TestAuthority.ClientOptions(AuthorityFile);
        if (authority is not null)
        {
            options.ClientCertificates = [X509Certificate2.CreateFromPemFile(files.Certificate, files.Key)];
        }

        return options;
    }

    /// <summary>Sends the token with each call.</summary>
    private sealed class TokenHandler(HttpMessageHandler inner, string token) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.TryAddWithoutValidation("token", token);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
