using Netcd.Server.Security;

namespace Netcd.Server.Auth;

/// <summary>The key of JSON Web Tokens, out of files that are read again when they change. A version that cannot be used leaves the one
/// before it in place.</summary>
internal sealed class JwtKeyFiles
{
    private readonly JwtMethod method;
    private readonly string? publicPath;
    private readonly string? privatePath;
    private (FileStamp Public, FileStamp Private) stamps;
    private volatile JwtKey key;

    /// <summary>Reads the files for the first time.</summary>
    /// <exception cref="TokenOptionsException">They cannot be used.</exception>
    public JwtKeyFiles(JwtMethod method, string? publicPath, string? privatePath)
    {
        this.method = method;
        this.publicPath = publicPath;
        this.privatePath = privatePath;

        // The stamps first: a change in between is then seen as one.
        stamps = Stamps();
        key = Load();
    }

    /// <summary>The key as of the last look at the files.</summary>
    public JwtKey Key => key;

    /// <summary>The files that it is read from.</summary>
    public IReadOnlyList<string> Paths => [.. new[] { publicPath, privatePath }.OfType<string>()];

    /// <summary>Reads the files again where they have changed. For one thread.</summary>
    /// <returns>Whether there is another key.</returns>
    /// <exception cref="TokenOptionsException">They have changed, and cannot be used; it is thrown once for each change.</exception>
    public bool Reload()
    {
        (FileStamp Public, FileStamp Private) found = Stamps();
        if (found == stamps)
        {
            return false;
        }

        stamps = found;
        key = Load();
        return true;
    }

    private JwtKey Load()
    {
        byte[]? publicKey = Read(publicPath);
        byte[]? privateKey = Read(privatePath);
        return method.Family switch
        {
            JwtFamily.Rsa or JwtFamily.RsaPss => PemKeys.Rsa(method, publicKey, privateKey),
            JwtFamily.Ecdsa => PemKeys.Ecdsa(method, publicKey, privateKey),
            JwtFamily.Ed25519 => PemKeys.Ed25519(publicKey, privateKey),
            _ => new HmacJwtKey(method, privateKey ?? throw PemKeys.Missing()),
        };
    }

    /// <summary>A file's bytes; null where it has none or there is no such file to read.</summary>
    private static byte[]? Read(string? path)
    {
        if (path is null)
        {
            return null;
        }

        try
        {
            byte[] content = File.ReadAllBytes(path);
            return content.Length == 0 ? null : content;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw TokenOptionsException.Invalid(failure switch
            {
                FileNotFoundException or DirectoryNotFoundException => $"open {path}: no such file or directory",
                _ when Directory.Exists(path) => $"read {path}: is a directory",
                UnauthorizedAccessException => $"open {path}: permission denied",
                _ => $"read {path}: {failure.Message}",
            });
        }
    }

    private (FileStamp Public, FileStamp Private) Stamps() => (FileStamp.Of(publicPath), FileStamp.Of(privatePath));
}
