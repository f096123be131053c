using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Netcd.Protocol.Errors;
using Org.BouncyCastle.Crypto.Generators;

namespace Netcd.Server.Auth;

/// <summary>
/// bcrypt, as etcd uses it: hashes pass between both. It is slow on purpose, so it is for <see cref="PasswordWorkers"/>, and for no
/// thread that serves other callers.
/// </summary>
internal sealed class PasswordHasher
{
    private const int MinCost = 4;
    private const int MaxCost = 31;
    private const int DefaultCost = 10;

    /// <summary>bcrypt does not look at more. A longer one is refused where it is set, and cut where it is checked, as in Go.</summary>
    private const int MaxPasswordBytes = 72;

    private readonly byte[] dummySalt = RandomNumberGenerator.GetBytes(BcryptText.SaltBytes);

    /// <param name="cost"><c>--bcrypt-cost</c>: the logarithm of the work. Where it is not from 4 to 31 it is 10, and a warning is logged,
    /// as in etcd.</param>
    /// <param name="log">The log.</param>
    public PasswordHasher(long cost, ILogger log)
    {
        bool isInRange = cost is >= MinCost and <= MaxCost;
        Cost = isInRange ? (int)cost : DefaultCost;
        if (!isInRange)
        {
            log.UsingDefaultBcryptCost(MinCost, MaxCost, DefaultCost, cost);
        }
    }

    /// <summary>The cost of new hashes.</summary>
    public int Cost { get; }

    /// <summary>The hash to store for a password, which may be empty: the 60 characters of bcrypt's text.</summary>
    /// <exception cref="EtcdException">The password is too long.</exception>
    public byte[] Hash(string password)
    {
        if (Encoding.UTF8.GetByteCount(password) > MaxPasswordBytes)
        {
            throw AuthErrors.PasswordTooLong.ToException();
        }

        byte[] salt = RandomNumberGenerator.GetBytes(BcryptText.SaltBytes);
        return BcryptText.Write(Cost, salt, Compute(password, salt, Cost));
    }

    /// <summary>Whether a stored hash is that of the password; false for what is not a hash, such as that of a user without a password.
    /// </summary>
    public bool Verify(string password, ReadOnlySpan<byte> hash)
    {
        Span<byte> salt = stackalloc byte[BcryptText.SaltBytes];
        if (!BcryptText.TryRead(hash, out int cost, salt, out ReadOnlySpan<byte> stored) || cost is < MinCost or > MaxCost)
        {
            return false;
        }

        Span<byte> computed = stackalloc byte[stored.Length];
        BcryptText.EncodeHash(Compute(password, salt.ToArray(), cost), computed);
        return CryptographicOperations.FixedTimeEquals(computed, stored);
    }

    /// <summary>The work of <see cref="Verify"/> for a user that does not exist, so that time does not tell which users do.</summary>
    public void VerifyDummy(string password) => Compute(password, dummySalt, Cost);

    private static byte[] Compute(string password, byte[] salt, int cost)
    {
        // bcrypt's key is the text with a zero at its end, as far as there is room.
        byte[] whole = new byte[Encoding.UTF8.GetByteCount(password) + 1];
        byte[] key = whole.Length <= MaxPasswordBytes ? whole : new byte[MaxPasswordBytes];
        try
        {
            Encoding.UTF8.GetBytes(password, whole);
            whole.AsSpan(0, key.Length).CopyTo(key);
            return BCrypt.Generate(key, salt, cost, addTerminator: false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(whole);
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
