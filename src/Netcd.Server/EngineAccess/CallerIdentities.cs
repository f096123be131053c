using Netcd.Engine.Auth;
using Netcd.Engine.Node;
using Netcd.Server.Auth;

namespace Netcd.Server.EngineAccess;

/// <summary>Finds out which user makes a call: by the token that it carries, else by the certificate of its connection.</summary>
/// <param name="tokens">What tokens stand for.</param>
/// <param name="trustsCertificates">Whether clients have to show a certificate, whose common name is a user then
/// (<c>--client-cert-auth</c>).</param>
internal sealed class CallerIdentities(ITokenProvider tokens, bool trustsCertificates)
{
    /// <summary>For a member that nobody logs in to.</summary>
    public static CallerIdentities None { get; } = new(new NoTokens(), false);

    /// <summary>Whose call it is; <see cref="AuthIdentity.None"/> where it does not say, or nobody needs to.</summary>
    /// <param name="table">Users and roles.</param>
    /// <param name="caller">The caller.</param>
    /// <param name="identity">The user.</param>
    /// <returns>False for a token that this member does not know.</returns>
    /// <remarks>Hot path where users count.</remarks>
    public bool TryIdentify(AuthTable table, in Caller caller, out AuthIdentity identity)
    {
        identity = AuthIdentity.None;
        if (table.IsEnabled && caller.Token is { } token)
        {
            if (!tokens.TryIdentify(token, table.Revision, out TokenIdentity found)
                || table.IsOutdated(new AuthIdentity(found.User, found.Revision)))
            {
                return false;
            }

            identity = new AuthIdentity(found.User, found.Revision);
            return true;
        }

        if (trustsCertificates && !caller.IsGateway && caller.Connection?.CommonName is { } name)
        {
            identity = new AuthIdentity(name, table.Revision);
        }

        return true;
    }

    /// <summary>Whether a token that is not known may be one of which this member will hear: another member has made it just now.</summary>
    public static bool MayComeYet(EtcdNode node, string token) =>
        SimpleTokens.TryReadIndex(token, out ulong index) && index >= node.Position.AppliedIndex;
}
