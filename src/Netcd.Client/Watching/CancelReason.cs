using Netcd.Protocol.Errors;

namespace Netcd.Client.Watching;

/// <summary>Why a server ended a watch, or did not begin it.</summary>
internal static class CancelReason
{
    /// <summary>The error as Go prints one: <c>rpc error: code = PermissionDenied desc = etcdserver: permission denied</c>.</summary>
    private const string TextMark = " desc = ";

    /// <summary>The failure that ends the watch, or null where the server gives none.</summary>
    public static EtcdException? Of(WatchMessage response)
    {
        if (response.CompactRevision != 0)
        {
            return new CompactedException(EtcdErrors.Compacted.Message, response.CompactRevision);
        }

        if (response.CancelReason.Length == 0)
        {
            return null;
        }

        int mark = response.CancelReason.IndexOf(TextMark, StringComparison.Ordinal);
        string text = mark < 0 ? response.CancelReason : response.CancelReason[(mark + TextMark.Length)..];
        EtcdStatusCode code = EtcdErrors.All.FirstOrDefault(error => error.Message == text) is { } known
            ? (EtcdStatusCode)known.Code
            : EtcdStatusCode.Unknown;
        return code == EtcdStatusCode.Unauthenticated
            ? new EtcdAuthenticationException(code, text)
            : new EtcdException(code, text);
    }
}
