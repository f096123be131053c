using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Netcd.Server.Security;

/// <summary>Reads files in PEM, and says what is wrong with one in the words that etcd's operators know.</summary>
internal static class PemFile
{
    /// <summary>The largest file that is read: a bundle of all public roots has a quarter of a megabyte.</summary>
    private const int MaxBytes = 16 << 20;

    /// <summary>The text of a file.</summary>
    /// <exception cref="TlsFileException">It cannot be read.</exception>
    public static string Read(string path) => Encoding.UTF8.GetString(ReadBytes(path));

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="TlsFileException">It cannot be read.</exception>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
            {
                throw new TlsFileException($"{path} is too large for a file of certificates");
            }

            return File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TlsFileException($"open {path}: no such file or directory", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new TlsFileException(
                Directory.Exists(path) ? $"read {path}: is a directory" : $"open {path}: permission denied", failure);
        }
        catch (IOException failure)
        {
            throw new TlsFileException($"read {path}: {failure.Message}", failure);
        }
    }

    /// <summary>All certificates of a file, at least one.</summary>
    /// <exception cref="TlsFileException">There is none, or one is broken.</exception>
    public static X509Certificate2Collection Certificates(string path)
    {
        string text = Read(path);
        X509Certificate2Collection found = [];
        try
        {
            found.ImportFromPem(text);
        }
        catch (CryptographicException failure)
        {
            throw new TlsFileException($"{path}: x509: malformed certificate", failure);
        }

        if (found.Count > 0)
        {
            return found;
        }

        List<string> labels = Labels(text);
        throw new TlsFileException(labels.Count == 0
            ? $"{path}: tls: failed to find any PEM data in certificate input"
            : $"{path}: tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following "
                + $"types: [{string.Join(' ', labels)}]");
    }

    /// <summary>The first private key of a file.</summary>
    /// <exception cref="TlsFileException">There is none, or it cannot be used.</exception>
    public static AsymmetricAlgorithm PrivateKey(string path)
    {
        string text = Read(path);
        for (ReadOnlySpan<char> rest = text; PemEncoding.TryFind(rest, out PemFields fields); rest = rest[fields.Location.End..])
        {
            string label = rest[fields.Label].ToString();
            if (label == "PRIVATE KEY" || label.EndsWith(" PRIVATE KEY", StringComparison.Ordinal))
            {
                byte[] content = Convert.FromBase64String(rest[fields.Base64Data].ToString());
                return ReadKey(label, content) ?? throw new TlsFileException(label == "ENCRYPTED PRIVATE KEY"
                    ? $"{path}: tls: failed to parse private key: it is encrypted"
                    : $"{path}: tls: failed to parse private key");
            }
        }

        throw new TlsFileException(Labels(text) switch
        {
            [] => $"{path}: tls: failed to find any PEM data in key input",
            ["CERTIFICATE"] => $"{path}: tls: found a certificate rather than a key in the PEM for the private key",
            IReadOnlyList<string> labels =>
                $"{path}: tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the "
                    + $"following types: [{string.Join(' ', labels)}]",
        });
    }

    private static AsymmetricAlgorithm? ReadKey(string label, byte[] content) => label switch
    {
        "RSA PRIVATE KEY" => Import(RSA.Create(), rsa => rsa.ImportRSAPrivateKey(content, out _)),
        "EC PRIVATE KEY" => Import(ECDsa.Create(), ec => ec.ImportECPrivateKey(content, out _)),
        "PRIVATE KEY" => (AsymmetricAlgorithm?)Import(RSA.Create(), rsa => rsa.ImportPkcs8PrivateKey(content, out _))
            ?? Import(ECDsa.Create(), ec => ec.ImportPkcs8PrivateKey(content, out _)),
        _ => null,
    };

    private static T? Import<T>(T key, Action<T> import)
        where T : AsymmetricAlgorithm
    {
        try
        {
            import(key);
            return key;
        }
        catch (CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }

    private static List<string> Labels(string text)
    {
        List<string> labels = [];
        for (ReadOnlySpan<char> rest = text; PemEncoding.TryFind(rest, out PemFields fields); rest = rest[fields.Location.End..])
        {
            labels.Add(rest[fields.Label].ToString());
        }

        return labels;
    }
}
